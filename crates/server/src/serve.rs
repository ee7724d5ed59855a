//! Accepts connections until it is told to stop, and then lets them come to an end.

use std::{io, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    pin, select,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, info, warn};

use crate::{App, connection::ClientConnection, router};

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest head of a request, and how much of a response is gathered before it is written. The
/// least that hyper takes, twice: most connections become WebSockets, and leave it behind.
const MAX_BUFFER_BYTES: usize = 16 * 1024;
/// How long accepting rests where the process is out of sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves an app on a listener until `shutdown` is cancelled, and then until its connections have
/// ended, or the drain timeout has passed. The app's registry still runs afterwards.
///
/// # Errors
/// The listener can't tell its address: it is of no use.
pub async fn serve(listener: TcpListener, app: App, shutdown: CancellationToken) -> io::Result<()> {
    let address = listener.local_addr()?;
    let connections = TaskTracker::new();
    let give_up = CancellationToken::new();
    let service = TowerToHyperService::new(router(app.clone()));
    info!(%address, "serving");
    loop {
        let accepted = select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection =
                    serve_connection(stream, app.clone(), service.clone(), give_up.clone());
                connections.spawn(connection);
            }
            // Out of sockets or memory, or a client that was gone before it was accepted.
            Err(error) => {
                warn!(%error, "can't accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    info!(%address, "stopping");
    app.start_shutdown();
    connections.close();
    let all_over = async {
        connections.wait().await;
        app.tasks.wait().await;
    };
    if timeout(app.config.drain_timeout, all_over).await.is_err() {
        warn!("some connections did not end in time");
    }
    give_up.cancel();
    connections.wait().await;
    Ok(())
}

async fn serve_connection(
    stream: TcpStream,
    app: App,
    service: TowerToHyperService<Router>,
    give_up: CancellationToken,
) {
    // Frames are small and should leave at once.
    let _ = stream.set_nodelay(true);
    let io = ClientConnection::new(stream, app.config.websocket.write_timeout);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    pin!(connection);
    let outcome = select! {
        biased;
        () = give_up.cancelled() => return,
        outcome = connection.as_mut() => outcome,
        () = app.draining.cancelled() => {
            connection.as_mut().graceful_shutdown();
            select! {
                biased;
                () = give_up.cancelled() => return,
                outcome = connection => outcome,
            }
        }
    };
    if let Err(error) = outcome {
        debug!(%error, "a connection broke");
    }
}

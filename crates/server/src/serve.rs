//! Accepts connections until it is told to stop, and then lets them come to an end.

mod place;

use std::{io, time::Duration};

use axum::{Router, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    pin, select,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, info, warn};

use self::place::Places;
use crate::{App, connection::ClientConnection, limit::Peer, router};

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest head of a request that is read at all, and how much of a response is gathered before it
/// is written. Both buffers grow as they are used.
const MAX_BUFFER_BYTES: usize = 64 * 1024;
/// How long accepting rests where the process is out of sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves an app on a listener until `shutdown` is cancelled, and then until its connections have
/// ended, or the drain timeout has passed. The app's registry still runs afterwards. Lets the process
/// open as many files as its hard limit allows.
///
/// # Errors
/// The listener can't tell its address: it is of no use.
pub async fn serve(listener: TcpListener, app: App, shutdown: CancellationToken) -> io::Result<()> {
    let address = listener.local_addr()?;
    let places = Places::new(&app.config.connections).await;
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
            Ok((stream, peer)) => {
                let Some(place) = places.take() else {
                    debug!(%peer, "no place for one socket more");
                    places.turn_away(stream, &connections);
                    continue;
                };
                let io = ClientConnection::new(
                    stream,
                    app.config.connections.write_timeout,
                    app.config.connections.max_unsent_bytes,
                    place,
                );
                let service = ClientService {
                    peer: Peer(peer.ip()),
                    inner: service.clone(),
                };
                connections.spawn(serve_connection(io, app.clone(), service, give_up.clone()));
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

/// The router, told who asks.
struct ClientService {
    peer: Peer,
    inner: TowerToHyperService<Router>,
}

impl Service<Request<Incoming>> for ClientService {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.inner.call(request)
    }
}

async fn serve_connection(
    io: ClientConnection,
    app: App,
    service: ClientService,
    give_up: CancellationToken,
) {
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

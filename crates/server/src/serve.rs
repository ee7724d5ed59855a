//! Accepts connections until shutdown, and then drains them.

pub(crate) mod client_stream;
mod socket_permits;

use std::{io, time::Duration};

use axum::{Router, http::Request};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
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

use self::{client_stream::ClientStream, socket_permits::SocketPermits};
use crate::{App, limit::client_address::PeerAddress, router};

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest request head that is read, and how much of a response is gathered before it is
/// written. Both buffers grow as they are used.
const MAX_BUFFER_BYTES: usize = 64 * 1024;
/// How long accepting pauses when the process is out of sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves an app on a listener until `shutdown` is cancelled, and then until its connections have
/// closed or the drain timeout has passed. The app's registry still runs afterwards.
///
/// `max_open_files` is the process's limit of open files, as far as it is known: it bounds how many
/// client sockets are accepted.
///
/// # Errors
/// The listener has no local address.
pub async fn serve(
    listener: TcpListener,
    app: App,
    max_open_files: Option<u64>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let permits = SocketPermits::new(&app.config.connections, max_open_files).await;
    let connections = TaskTracker::new();
    let abort = CancellationToken::new();
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
                let Some(permit) = permits.try_acquire() else {
                    debug!(%peer, "no permit left for a socket");
                    permits.reject(stream, &connections);
                    continue;
                };
                let stream = ClientStream::new(
                    stream,
                    app.config.connections.write_timeout,
                    app.config.connections.max_unsent_bytes,
                    permit,
                );
                let peer = PeerAddress(peer.ip());
                let (service, abort) = (service.clone(), abort.clone());
                connections.spawn(serve_http(stream, peer, app.clone(), service, abort));
            }
            // Out of sockets or memory, or the client disconnected before it was accepted.
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    info!(%address, "draining");
    app.start_shutdown();
    connections.close();
    let all_closed = async {
        connections.wait().await;
        app.tasks.wait().await;
    };
    if timeout(app.config.drain_timeout, all_closed).await.is_err() {
        warn!("some connections did not close within the drain timeout");
    }
    abort.cancel();
    connections.wait().await;
    Ok(())
}

async fn serve_http(
    stream: ClientStream,
    peer: PeerAddress,
    app: App,
    service: TowerToHyperService<Router>,
    abort: CancellationToken,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    pin!(connection);
    let outcome = select! {
        biased;
        () = abort.cancelled() => return,
        outcome = connection.as_mut() => outcome,
        () = app.draining.cancelled() => {
            connection.as_mut().graceful_shutdown();
            select! {
                biased;
                () = abort.cancelled() => return,
                outcome = connection => outcome,
            }
        }
    };
    if let Err(error) = outcome {
        debug!(%error, "connection failed");
    }
}

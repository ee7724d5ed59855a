//! How many client sockets can be open, and the answer to clients for which none is left.

use std::{sync::Arc, time::Duration};

use axum::{body::to_bytes, response::IntoResponse as _};
use fast_temporal_protocol::ErrorCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::{ApiError, config::ConnectionLimits};

/// Files that are open in addition to client sockets: connections to Temporal, the listener, logs, and
/// sockets that are being rejected.
const OTHER_FILES: usize = 256;
/// How many sockets receive an answer at a time when no permit is free. Further ones are closed
/// without an answer.
const MAX_REJECTIONS: usize = 64;
/// How long a rejected socket stays open, so that its client can read the answer.
const REJECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// A permit for each client socket that can be open.
pub(super) struct SocketPermits {
    free: Arc<Semaphore>,
    rejections: Arc<Semaphore>,
    response: Arc<[u8]>,
}

impl SocketPermits {
    /// As many permits as the limits allow, and no more than `max_open_files` leaves room for.
    pub(super) async fn new(limits: &ConnectionLimits, max_open_files: Option<u64>) -> Self {
        let files = max_open_files.map_or(usize::MAX, |files| {
            usize::try_from(files).unwrap_or(usize::MAX)
        });
        // However few files can be open, some of them are for clients.
        let sockets = files.saturating_sub(OTHER_FILES).max(files / 2).max(1);
        let wanted = match limits.max_connections {
            0 => sockets,
            connections => connections.saturating_add(limits.max_short_lived_sockets),
        };
        if sockets < limits.max_connections {
            warn!(
                max_open_files = files,
                max_connections = limits.max_connections,
                "the limit of open files is too low for the configured number of connections: \
                 raise the hard limit (ulimit -Hn)"
            );
        }
        let permits = wanted.min(sockets).min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(permits)),
            rejections: Arc::new(Semaphore::new(MAX_REJECTIONS)),
            response: rejection().await.into(),
        }
    }

    /// Returns a permit if one is free. Dropping it frees it.
    pub(super) fn try_acquire(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Answers a client with 503, whatever its request is.
    pub(super) fn reject(&self, mut stream: TcpStream, tasks: &TaskTracker) {
        let Ok(permit) = Arc::clone(&self.rejections).try_acquire_owned() else {
            return;
        };
        let response = Arc::clone(&self.response);
        tasks.spawn(async move {
            let _permit = permit;
            let respond = async {
                stream.write_all(&response).await?;
                stream.shutdown().await?;
                // Closing a socket with unread data resets the connection, and the client might
                // lose the answer. So its request is read first.
                let mut buffer = [0; 1024];
                while stream.read(&mut buffer).await? > 0 {}
                Ok::<_, std::io::Error>(())
            };
            let outcome = timeout(REJECTION_TIMEOUT, respond).await;
            debug!(?outcome, "rejected a socket");
        });
    }
}

/// The response for a socket without a permit. It is written by hand as no HTTP connection exists
/// for that socket: serving one would need the resources that have run out.
async fn rejection() -> Vec<u8> {
    let error = ApiError::new(
        ErrorCode::TooManyConnections,
        "this node has reached its limit of open sockets: try again later",
    );
    let (head, body) = error.into_response().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut response = format!("HTTP/1.1 {}\r\nconnection: close\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        response.extend_from_slice(name.as_ref());
        response.extend_from_slice(b": ");
        response.extend_from_slice(value.as_bytes());
        response.extend_from_slice(b"\r\n");
    }
    response.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    response.extend_from_slice(&body);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    // Covers LIM-7.
    #[tokio::test]
    async fn permits_cover_connections_and_other_sockets_within_the_limit_of_open_files() {
        for (max_connections, max_open_files, expected) in [
            (10, None, 15),
            (10, Some(1_000), 15),
            (0, Some(1_000), 744),
            (usize::MAX, Some(1_000), 744),
            (10, Some(14), 7),
            (10, Some(0), 1),
            (0, None, Semaphore::MAX_PERMITS),
        ] {
            let limits = ConnectionLimits {
                max_connections,
                max_short_lived_sockets: 5,
                ..ConnectionLimits::default()
            };
            let permits = SocketPermits::new(&limits, max_open_files).await;
            let available = permits.free.available_permits();
            assert_eq!(available, expected, "{max_connections} {max_open_files:?}");
        }
    }
}

//! How many sockets may be open, and what those are told that come when all places are taken.

use std::{sync::Arc, time::Duration};

use axum::response::IntoResponse as _;
use fast_temporal_protocol::ErrorCode;
use http_body_util::BodyExt as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::{ApiError, config::ConnectionLimits};

/// How many files are open besides clients' sockets: those to Temporal, the listener, logs, and
/// sockets that are about to be turned away.
const OTHER_FILES: usize = 256;
/// How many sockets are told at a time that there is no place for them. Others are just closed.
const TURNED_AWAY: usize = 64;
/// How long such a socket is kept, so that its client comes to read why.
const TURN_AWAY_TIMEOUT: Duration = Duration::from_secs(1);

/// The places that sockets may take.
pub(super) struct Places {
    free: Arc<Semaphore>,
    /// Those of sockets that are being turned away.
    turning_away: Arc<Semaphore>,
    refusal: Arc<[u8]>,
}

impl Places {
    pub(super) async fn new(limits: &ConnectionLimits) -> Self {
        let files = raise_open_files();
        // However few files may be open, some of them are for clients.
        let sockets = files.saturating_sub(OTHER_FILES).max(files / 2).max(1);
        let wanted = match limits.max_connections {
            0 => sockets,
            connections => connections.saturating_add(limits.max_short_lived_sockets),
        };
        if sockets < limits.max_connections {
            warn!(
                open_files = files,
                max_connections = limits.max_connections,
                "this process may not open enough files for all connections that it may have: \
                 raise its hard limit (ulimit -Hn)"
            );
        }
        let places = wanted.min(sockets).min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(places)),
            turning_away: Arc::new(Semaphore::new(TURNED_AWAY)),
            refusal: refusal().await.into(),
        }
    }

    /// A place, until that is dropped.
    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Tells a client that there is no place, whatever it asks for.
    pub(super) fn turn_away(&self, mut stream: TcpStream, tasks: &TaskTracker) {
        let Ok(turn) = Arc::clone(&self.turning_away).try_acquire_owned() else {
            return;
        };
        let refusal = Arc::clone(&self.refusal);
        tasks.spawn(async move {
            let _turn = turn;
            let tell = async {
                stream.write_all(&refusal).await?;
                stream.shutdown().await?;
                // To close before the request is read would take the answer away again.
                let mut buffer = [0; 1024];
                while stream.read(&mut buffer).await? > 0 {}
                Ok::<_, std::io::Error>(())
            };
            let outcome = timeout(TURN_AWAY_TIMEOUT, tell).await;
            debug!(?outcome, "turned a socket away");
        });
    }
}

/// The answer of those that there is no place for.
async fn refusal() -> Vec<u8> {
    let error = ApiError::new(
        ErrorCode::TooManyConnections,
        "this node has as many sockets open as it may",
    );
    let (head, body) = error.into_response().into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes);
    let body = body.unwrap_or_default();
    let mut answer = format!("HTTP/1.1 {}\r\nconnection: close\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        answer.extend_from_slice(name.as_ref());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    answer.extend_from_slice(&body);
    answer
}

/// Lets this process open as many files as it may, and says how many that is. A process begins with
/// fewer, for the sake of programs that could not deal with more.
fn raise_open_files() -> usize {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limits.maximum,
        ..limits
    };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limits.maximum,
        Err(error) => {
            debug!(%error, "can't raise the limit of open files");
            limits.current
        }
    };
    // Without a limit, it is none.
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Covers LIM-7.
    #[tokio::test]
    async fn sockets_have_places_for_all_connections_and_some_more_as_files_allow() {
        let places = async |max_connections, max_short_lived_sockets| {
            let limits = ConnectionLimits {
                max_connections,
                max_short_lived_sockets,
                ..ConnectionLimits::default()
            };
            Places::new(&limits).await.free.available_permits()
        };
        assert_eq!(places(10, 5).await, 15);
        let all = places(0, 5).await;
        assert!(all > 15 && all <= raise_open_files());
        assert_eq!(places(usize::MAX, 5).await, all);
    }
}

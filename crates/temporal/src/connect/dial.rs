//! Opens TCP connections. After a failure, further attempts fail at once for a while.
//!
//! A channel opens one connection at a time. Without this pause, hundreds of requests to a host that
//! drops packets would wait for one attempt each, one after the other.

use std::{convert::Into, io, sync::Arc, time::Duration};

use fast_temporal_core::Backoff;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tonic::transport::Uri;
use tower::{Service, service_fn};

/// The timeout of one attempt.
const DIAL_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest pause after a first failure. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause, and so the longest time to notice that a server has returned.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Opens TCP connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Dialer {
    last_failure: Arc<Mutex<Option<Failure>>>,
}

#[derive(Clone, Debug)]
struct Failure {
    kind: io::ErrorKind,
    message: String,
    backoff: Backoff,
    until: Instant,
}

impl Dialer {
    /// Returns the dialer as a connector of a channel.
    pub(super) fn into_service(
        self,
    ) -> impl Service<Uri, Response = TokioIo<TcpStream>, Error = io::Error, Future: Send> + Send + 'static
    {
        service_fn(move |uri: Uri| {
            let dialer = self.clone();
            async move { dialer.dial(&uri).await.map(TokioIo::new) }
        })
    }

    async fn dial(&self, uri: &Uri) -> io::Result<TcpStream> {
        if let Some(failure) = self.last_failure()
            && Instant::now() < failure.until
        {
            return Err(io::Error::new(failure.kind, failure.message));
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or_default();
        let result = timeout(DIAL_TIMEOUT, TcpStream::connect((host, port)))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "connection timed out"))
            .and_then(Into::into)
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        self.remember(uri, result.as_ref().err());
        result
    }

    fn last_failure(&self) -> Option<Failure> {
        self.last_failure.lock().clone()
    }

    fn remember(&self, uri: &Uri, error: Option<&io::Error>) {
        let mut slot = self.last_failure.lock();
        let Some(error) = error else {
            if slot.take().is_some() {
                tracing::info!(address = %uri, "reconnected to Temporal");
            }
            return;
        };
        if slot.is_none() {
            tracing::warn!(address = %uri, %error, "can't connect to Temporal; retrying");
        }
        let mut backoff = match slot.take() {
            Some(last) => last.backoff,
            None => Backoff::new(FIRST_PAUSE, MAX_PAUSE),
        };
        let until = Instant::now() + backoff.next_wait();
        *slot = Some(Failure {
            kind: error.kind(),
            message: error.to_string(),
            backoff,
            until,
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn attempts_fail_at_once_during_the_pause_after_a_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let uri: Uri = format!("http://{address}").parse().unwrap();
        let dialer = Dialer::default();
        drop(listener);
        let error = dialer.dial(&uri).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);

        let listener = TcpListener::bind(address).await.unwrap();
        let repeated = dialer.dial(&uri).await.unwrap_err();
        assert_eq!(repeated.kind(), error.kind());
        tokio::time::advance(FIRST_PAUSE).await;
        dialer.dial(&uri).await.expect("the pause has ended");
        assert!(dialer.last_failure().is_none());
        drop(listener);
    }
}

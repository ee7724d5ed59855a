//! Opens TCP connections, and after a failure fails at once for a while.
//!
//! A channel dials for one request at a time. Without this pause, hundreds of requests to a host
//! that drops packets would each wait for a dial of their own, one after the other.

use std::{
    convert::Into,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tonic::transport::Uri;
use tower::{Service, service_fn};

/// How long one dial may take.
const DIAL_LIMIT: Duration = Duration::from_secs(5);
/// The pause after a first failure. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause: what a server that came back waits at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Opens TCP connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Dialer {
    last_failure: Arc<Mutex<Option<Failure>>>,
}

#[derive(Clone, Debug)]
struct Failure {
    kind: io::ErrorKind,
    message: String,
    pause: Duration,
    until: Instant,
}

impl Dialer {
    /// The dialer as a channel takes it.
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
        let result = timeout(DIAL_LIMIT, TcpStream::connect((host, port)))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no answer to dialling"))
            .and_then(Into::into)
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        self.remember(uri, result.as_ref().err());
        result
    }

    fn last_failure(&self) -> Option<Failure> {
        self.last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, uri: &Uri, error: Option<&io::Error>) {
        let mut slot = self
            .last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(error) = error else {
            if slot.take().is_some() {
                tracing::info!(address = %uri, "connected to Temporal again");
            }
            return;
        };
        if slot.is_none() {
            tracing::warn!(address = %uri, %error, "can't connect to Temporal; trying on");
        }
        let pause = slot
            .as_ref()
            .map_or(FIRST_PAUSE, |last| (last.pause * 2).min(LONGEST_PAUSE));
        *slot = Some(Failure {
            kind: error.kind(),
            message: error.to_string(),
            pause,
            until: Instant::now() + pause.mul_f64(0.8 + 0.2 * fastrand::f64()),
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_dials_fail_at_once_until_the_pause_is_over() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let uri: Uri = format!("http://{address}").parse().unwrap();
        let dialer = Dialer::default();
        drop(listener);
        assert_eq!(
            dialer.dial(&uri).await.unwrap_err().kind(),
            io::ErrorKind::ConnectionRefused
        );

        let listener = TcpListener::bind(address).await.unwrap();
        let error = dialer.dial(&uri).await.unwrap_err();
        assert_eq!(
            error.kind(),
            io::ErrorKind::ConnectionRefused,
            "still the first answer"
        );
        tokio::time::advance(FIRST_PAUSE).await;
        dialer.dial(&uri).await.expect("the pause is over");
        assert!(dialer.last_failure().is_none());
        drop(listener);
    }
}

//! The example's worker, on a thread of its own: what the SDK runs stays on one thread.

use std::thread;

use anyhow::{Context as _, anyhow};
use fast_temporal_example_document_app::{self as document, Target, Work, WorkerError};
use fast_temporal_temporal::TemporalConfig;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Temporal's port for gRPC.
const DEFAULT_PORT: u16 = 7233;

/// A worker that runs.
pub(super) struct Worker {
    stop: CancellationToken,
    /// `None` once it has told how it ended.
    ended: Option<oneshot::Receiver<Result<(), WorkerError>>>,
}

impl Worker {
    /// Starts it. Whether it reaches Temporal shows later.
    pub(super) fn start(target: Target, work: Work) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let (tell, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let stopping = stop.clone();
        let working = async move |stop: CancellationToken| {
            let Some(client) = stop.run_until_cancelled(document::connect(target)).await else {
                return Ok(());
            };
            document::run(client?, work, stop.cancelled()).await
        };
        thread::Builder::new()
            .name("example-worker".to_owned())
            // Where nobody listens any more, nobody asks how it ended.
            .spawn(move || drop(tell.send(runtime.block_on(working(stopping)))))
            .context("cannot start the worker's thread")?;
        Ok(Self {
            stop,
            ended: Some(ended),
        })
    }

    /// Waits until it ends without having been told to, and says why. Dropping the future loses
    /// nothing.
    pub(super) async fn failed(&mut self) -> anyhow::Error {
        let Some(ended) = &mut self.ended else {
            return std::future::pending().await;
        };
        let outcome = ended.await;
        self.ended = None;
        match outcome {
            Ok(Ok(())) => anyhow!("the example's worker ended by itself"),
            Ok(Err(error)) => error.into(),
            Err(_) => anyhow!("the example's worker broke"),
        }
    }

    /// Lets it finish what it runs. It has a limit of its own on that.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if let Some(ended) = self.ended.take()
            && let Ok(Err(error)) = ended.await
        {
            tracing::warn!(%error, "the example's worker did not stop well");
        }
    }
}

/// The Temporal that the gateway uses, for the worker.
pub(super) fn target(config: &TemporalConfig) -> Target {
    let (scheme, rest) = match config.address.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => ("", config.address.as_str()),
    };
    let has_port = rest
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port {
        rest.to_owned()
    } else {
        format!("{rest}:{DEFAULT_PORT}")
    };
    let api_key = config.api_key.as_ref();
    let api_key = api_key.map(|key| key.expose().to_owned().into());
    let tls = config
        .tls
        .enabled
        .unwrap_or(scheme == "https" || api_key.is_some());
    Target {
        address,
        namespace: config.namespace.clone(),
        api_key,
        tls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_goes_where_the_gateway_goes() {
        for (address, expected, tls) in [
            ("localhost", "localhost:7233", false),
            ("[::1]", "[::1]:7233", false),
            ("http://t:1", "t:1", false),
            ("https://t:1", "t:1", true),
        ] {
            let config = TemporalConfig {
                address: address.into(),
                ..TemporalConfig::default()
            };
            let target = target(&config);
            assert_eq!((target.address.as_str(), target.tls), (expected, tls));
        }
    }
}

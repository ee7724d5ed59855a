//! The example's worker, on a thread of its own: the SDK's futures stay on one thread.

use std::thread;

use anyhow::{Context as _, anyhow};
use fast_temporal_example_document::{self as document, Activities, Target};
use fast_temporal_temporal::{ExposeSecret as _, TemporalConfig};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// The default port of Temporal's gRPC service.
const DEFAULT_PORT: u16 = 7233;

/// A running worker.
pub(super) struct ExampleWorker {
    stop: CancellationToken,
    /// Receives the worker's result. `None` after that.
    result: Option<oneshot::Receiver<anyhow::Result<()>>>,
}

impl ExampleWorker {
    /// Starts the worker. [`ExampleWorker::failed`] reports if it does not reach Temporal.
    pub(super) fn start(target: Target, activities: Activities) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let (sender, result) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let stopped = stop.clone();
        let work = async move || {
            let connect = document::connect(target);
            let Some(client) = stopped.run_until_cancelled(connect).await else {
                return Ok(());
            };
            document::run(client?, activities, stopped.cancelled()).await
        };
        thread::Builder::new()
            .name("example-worker".to_owned())
            .spawn(move || {
                // Fails if the command has ended, and the result is not needed.
                let _ = sender.send(runtime.block_on(work()));
            })
            .context("cannot start the worker's thread")?;
        Ok(Self {
            stop,
            result: Some(result),
        })
    }

    /// Waits until the worker ends by itself, and returns the reason. Cancel safe.
    pub(super) async fn failed(&mut self) -> anyhow::Error {
        let Some(result) = &mut self.result else {
            return std::future::pending().await;
        };
        let outcome = result.await;
        self.result = None;
        match outcome {
            Ok(Ok(())) => anyhow!("the example's worker ended by itself"),
            Ok(Err(error)) => error.context("the example's worker failed"),
            Err(_) => anyhow!("the example's worker panicked"),
        }
    }

    /// Stops the worker and waits for its running activities, within the worker's own time limit.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if let Some(result) = self.result.take()
            && let Ok(Err(error)) = result.await
        {
            tracing::warn!(%error, "the example's worker stopped with an error");
        }
    }
}

/// Returns the gateway's Temporal server in the worker's terms.
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
    let api_key = config
        .api_key
        .as_ref()
        .map(|key| key.expose_secret().to_owned());
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
    fn worker_connects_to_the_gateways_server() {
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

//! Assembles the gateway: Temporal at the bottom, feeds in the middle, connections on top.

use std::{net::TcpListener, sync::Arc, time::Duration};

use anyhow::Context as _;
use fast_temporal_core::Registry;
use fast_temporal_server::{App, AppConfig};
use fast_temporal_temporal::TemporalEngine;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Settings, listen::ListenSettings},
    output::UsageError,
};

/// How long followers have to stop after all connections have closed. Nothing delays them then.
const FOLLOWER_STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// A gateway that is ready to serve.
#[derive(Clone)]
pub struct Gateway {
    registry: Registry,
    app: AppConfig,
}

impl Gateway {
    /// Assembles a gateway. Sends no request to Temporal, which can be unavailable.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let engine = TemporalEngine::new(settings.temporal.clone())
            .map_err(|error| UsageError(format!("invalid settings of Temporal: {error}")))?;
        Ok(Self {
            registry: Registry::new(Arc::new(engine), settings.feed.clone()),
            app: settings.app.clone(),
        })
    }

    /// Returns Temporal, as this gateway uses it.
    #[cfg(feature = "dev")]
    pub fn engine(&self) -> &Arc<dyn fast_temporal_core::Engine> {
        self.registry.engine()
    }

    /// Serves until `stop` is cancelled, and then until all connections have closed or the drain timeout has passed.
    /// `open_files` is the limit on the process's open files, if it is known.
    pub async fn serve(
        self,
        listener: TcpListener,
        open_files: Option<u64>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener).context("cannot listen")?;
        let app = App::new(self.app, self.registry.clone());
        let served = fast_temporal_server::serve(listener, app, open_files, stop).await;
        self.registry.start_shutdown();
        if timeout(FOLLOWER_STOP_TIMEOUT, self.registry.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("some followers did not stop in time");
        }
        served.context("cannot serve")
    }
}

/// Listens on the address in the settings.
///
/// # Errors
/// The address can't be used. The message names the flags that change it.
pub async fn bind(listen: &ListenSettings) -> anyhow::Result<TcpListener> {
    let ListenSettings { host, port, .. } = listen;
    let bound = tokio::net::TcpListener::bind((host.as_str(), *port)).await;
    bound.and_then(tokio::net::TcpListener::into_std).with_context(|| {
        format!(
            "cannot listen on {host}:{port}; choose another port with --port or FASTAPI_PORT, or another address with \
             --host or FASTAPI_HOST"
        )
    })
}

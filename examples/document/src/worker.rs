//! The worker that runs the workflow and its activities.

use std::{ffi::OsString, time::Duration};

use anyhow::Context as _;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, TlsOptions, Url};
use temporalio_common::worker::WorkerDeploymentOptions;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use crate::{Activities, DocumentWorkflow, TASK_QUEUE, activity::HEARTBEAT_INTERVAL};

/// The worker's build. The SDK's default is a hash of the whole executable, computed at the start.
const BUILD_ID: &str = concat!("document-", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long running activities can take to finish after the worker is stopped.
const GRACE_PERIOD: Duration = Duration::from_secs(3);
const STOP_TIMEOUT: Duration = Duration::from_secs(8);

/// The Temporal server to connect to.
#[derive(Clone)]
pub struct Target {
    /// `host:port`.
    pub address: String,
    /// The namespace.
    pub namespace: String,
    /// The API key, if the server requires one.
    pub api_key: Option<String>,
    /// Whether to use TLS.
    pub tls: bool,
}

impl Target {
    /// Reads `TEMPORAL_ADDRESS` (default `localhost:7233`), `TEMPORAL_NAMESPACE` (`default`),
    /// `TEMPORAL_API_KEY` and `TEMPORAL_TLS` (`true` with an API key, else `false`).
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name| Some(variable(name)?.to_string_lossy().into_owned());
        let or = |name, default: &str| text(name).unwrap_or_else(|| default.to_owned());
        let api_key = text("TEMPORAL_API_KEY");
        Self {
            address: or("TEMPORAL_ADDRESS", "localhost:7233"),
            namespace: or("TEMPORAL_NAMESPACE", "default"),
            tls: text("TEMPORAL_TLS").map_or(api_key.is_some(), |value| value == "true"),
            api_key,
        }
    }
}

/// Connects to Temporal.
pub async fn connect(target: Target) -> anyhow::Result<Client> {
    let scheme = if target.tls { "https" } else { "http" };
    let failed = || format!("cannot connect to Temporal at {}", target.address);
    let url: Url = format!("{scheme}://{}", target.address)
        .parse()
        .with_context(failed)?;
    let options = ConnectionOptions::new(url)
        .identity(BUILD_ID.to_owned())
        .connect_timeout(CONNECT_TIMEOUT)
        .maybe_api_key(target.api_key)
        .maybe_tls_options(target.tls.then(TlsOptions::default))
        .build();
    let connection = Connection::connect(options).await.with_context(failed)?;
    let options = ClientOptions::new(target.namespace)
        .data_converter(fast_temporal_workflow::data_converter())
        .build();
    Ok(Client::new(connection, options)?)
}

/// Runs the worker until `stop` resolves, then lets running activities finish. The future is not
/// `Send`: it needs a thread of its own or `block_on`.
pub async fn run(
    client: Client,
    activities: Activities,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let options = WorkerOptions::new(TASK_QUEUE)
        .register_workflow::<DocumentWorkflow>()?
        .register_activities(activities)
        .max_heartbeat_throttle_interval(HEARTBEAT_INTERVAL)
        .deployment_options(WorkerDeploymentOptions::from_build_id(BUILD_ID.to_owned()))
        .graceful_shutdown_period(GRACE_PERIOD)
        .build();
    let mut worker = Worker::new(&runtime, client, options)?;
    let initiate_shutdown = worker.shutdown_handle();
    let mut running = std::pin::pin!(worker.run());
    tokio::select! {
        biased;
        () = stop => initiate_shutdown(),
        result = &mut running => return Ok(result?),
    }
    tokio::time::timeout(STOP_TIMEOUT, running)
        .await
        .context("the worker did not stop in time")??;
    Ok(())
}

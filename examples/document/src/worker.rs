//! The worker that runs the workflow and its activities.

use std::{path::PathBuf, time::Duration};

use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, TlsOptions, Url};
use temporalio_common::worker::WorkerDeploymentOptions;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use crate::{DocumentWorkflow, Documents, TASK_QUEUE};

/// The build that Temporal is told. The SDK's default hashes the whole executable at the start.
const BUILD_ID: &str = concat!("document-", env!("CARGO_PKG_VERSION"));
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long running activities get to finish once the worker is told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// How long the worker as a whole gets to stop.
const STOP: Duration = Duration::from_secs(8);

/// Which Temporal the worker serves.
#[derive(Clone, Debug)]
pub struct Target {
    /// `host:port`.
    pub address: String,
    /// The namespace.
    pub namespace: String,
    /// An API key, where the server asks for one.
    pub api_key: Option<String>,
    /// Whether the connection is encrypted.
    pub tls: bool,
}

/// Why there is no worker, or none any more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// Temporal was not reached.
    #[error("cannot connect to Temporal at {address}: {source:#}")]
    Connect {
        /// Where it was expected.
        address: String,
        /// What went wrong.
        source: anyhow::Error,
    },
    /// The worker could not start, or ended with an error.
    #[error("the worker of task queue {TASK_QUEUE} failed: {0:#}")]
    Worker(anyhow::Error),
    /// The worker did not stop in time.
    #[error("the worker of task queue {TASK_QUEUE} did not stop within {STOP:?}")]
    Stop,
}

/// Connects to Temporal.
pub async fn connect(target: Target) -> Result<Client, WorkerError> {
    let address = target.address.clone();
    let connected = async {
        let scheme = if target.tls { "https" } else { "http" };
        let url: Url = format!("{scheme}://{}", target.address).parse()?;
        let options = ConnectionOptions::new(url)
            .identity(BUILD_ID.to_owned())
            .connect_timeout(CONNECT)
            .maybe_api_key(target.api_key)
            .maybe_tls_options(target.tls.then(TlsOptions::default));
        let connection = Connection::connect(options.build()).await?;
        anyhow::Ok(Client::new(
            connection,
            ClientOptions::new(target.namespace).build(),
        )?)
    };
    connected
        .await
        .map_err(|source| WorkerError::Connect { address, source })
}

/// Works until `stop` resolves, then finishes what is running. Its future stays on its thread:
/// block on it, or give it a thread with a runtime of its own.
pub async fn run(
    client: Client,
    folder: PathBuf,
    stop: impl Future<Output = ()>,
) -> Result<(), WorkerError> {
    let failed = |error: anyhow::Error| WorkerError::Worker(error);
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())
        .map_err(|error| failed(error.into()))?;
    let options = WorkerOptions::new(TASK_QUEUE)
        .register_activities(Documents::new(folder))
        .register_workflow::<DocumentWorkflow>()
        .map_err(|error| failed(error.into()))?
        .deployment_options(WorkerDeploymentOptions::from_build_id(BUILD_ID.to_owned()))
        .graceful_shutdown_period(GRACE)
        .build();
    let mut worker =
        Worker::new(&runtime, client, options).map_err(|error| failed(error.into()))?;
    let initiate_shutdown = worker.shutdown_handle();
    let mut running = std::pin::pin!(worker.run());
    tokio::select! {
        biased;
        () = stop => initiate_shutdown(),
        ended = &mut running => return ended.map_err(|error| failed(error.into())),
    }
    match tokio::time::timeout(STOP, running).await {
        Ok(ended) => ended.map_err(|error| failed(error.into())),
        Err(_) => Err(WorkerError::Stop),
    }
}

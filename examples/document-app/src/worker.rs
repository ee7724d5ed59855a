//! The workers: one runs the workflow and what writes files, one asks the language model.

use std::{ffi::OsString, sync::Arc, time::Duration};

use futures::future::try_join_all;

use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, TlsOptions, Url};
use temporalio_common::worker::WorkerDeploymentOptions;
use temporalio_sdk::{
    Runtime, Worker, WorkerOptions,
    runtime::{
        RuntimeOptions,
        worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
    },
};

use crate::{
    BEAT, DocumentWorkflow, Folder, Generation, Key, LanguageModel, MODEL_TASK_QUEUE, Speaking,
    Speech, TASK_QUEUE, Writing,
};

/// The build that Temporal is told. The SDK's default hashes the whole executable at the start.
const BUILD_ID: &str = concat!("document-", env!("CARGO_PKG_VERSION"));
/// How many files are written or spoken at once: a sound of a quarter of an hour is 40 MB, which
/// are in memory twice while it is made.
const FILES_AT_ONCE: usize = 4;
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long running activities get to finish once the worker is told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// How long the worker as a whole gets to stop.
const STOP: Duration = Duration::from_secs(8);

/// What a worker does. Both parts may be done by one program, or each by one of its own.
#[derive(Default)]
pub struct Work {
    /// Runs the workflow and writes files.
    pub documents: Option<Documents>,
    /// Asks a language model.
    pub model: Option<Arc<dyn LanguageModel>>,
}

/// What is needed to run the workflow and to write files.
pub struct Documents {
    /// The folder for the files.
    pub folder: Folder,
    /// What speaks.
    pub speech: Speech,
}

/// Which Temporal the worker serves.
#[derive(Clone, Debug)]
pub struct Target {
    /// `host:port`.
    pub address: String,
    /// The namespace.
    pub namespace: String,
    /// An API key, where the server asks for one.
    pub api_key: Option<Key>,
    /// Whether the connection is encrypted.
    pub tls: bool,
}

impl Target {
    /// Reads `TEMPORAL_ADDRESS` (`localhost:7233` by default), `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY` and
    /// `TEMPORAL_TLS` (`true` or `false`; `true` by default where there is a key).
    pub fn of_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name| {
            let value = variable(name)?.to_string_lossy().into_owned();
            (!value.is_empty()).then_some(value)
        };
        let or = |name, default: &str| text(name).unwrap_or_else(|| default.to_owned());
        let api_key = text("TEMPORAL_API_KEY").map(Key::from);
        Self {
            address: or("TEMPORAL_ADDRESS", "localhost:7233"),
            namespace: or("TEMPORAL_NAMESPACE", "default"),
            tls: text("TEMPORAL_TLS").map_or(api_key.is_some(), |value| value == "true"),
            api_key,
        }
    }
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
    #[error("the example's worker failed: {0:#}")]
    Worker(anyhow::Error),
    /// The worker did not stop in time.
    #[error("the example's worker did not stop within {STOP:?}")]
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
            .maybe_api_key(target.api_key.map(|key| key.expose().to_owned()))
            .maybe_tls_options(target.tls.then(TlsOptions::default));
        let connection = Connection::connect(options.build()).await?;
        anyhow::Ok(Client::new(
            connection,
            ClientOptions::new(target.namespace)
                .data_converter(fast_temporal_workflow::data_converter())
                .build(),
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
    work: Work,
    stop: impl Future<Output = ()>,
) -> Result<(), WorkerError> {
    let mut workers = workers(&client, work).map_err(WorkerError::Worker)?;
    let handles: Vec<_> = workers.iter().map(Worker::shutdown_handle).collect();
    let running = try_join_all(workers.iter_mut().map(Worker::run));
    let mut running = std::pin::pin!(running);
    let ended = |result: anyhow::Result<_>| result.map(drop).map_err(WorkerError::Worker);
    tokio::select! {
        biased;
        () = stop => handles.iter().for_each(|initiate_shutdown| initiate_shutdown()),
        result = &mut running => return ended(result.map_err(anyhow::Error::from)),
    }
    match tokio::time::timeout(STOP, running).await {
        Ok(result) => ended(result.map_err(anyhow::Error::from)),
        Err(_) => Err(WorkerError::Stop),
    }
}

/// So many activities at once, and as many workflows as usual.
fn at_once(activities: usize) -> TunerHolder {
    let usual = FixedSizeSlotSupplier::new(100);
    TunerHolder::builder()
        .workflow_task_slot_supplier(usual)
        .activity_task_slot_supplier(FixedSizeSlotSupplier::new(activities))
        .local_activity_task_slot_supplier(usual)
        .nexus_task_slot_supplier(usual)
        .build()
}

/// A worker for each part of the work.
fn workers(client: &Client, work: Work) -> anyhow::Result<Vec<Worker>> {
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let mut all = Vec::new();
    if let Some(Documents { folder, speech }) = work.documents {
        let options = WorkerOptions::new(TASK_QUEUE)
            .register_activities(Writing::new(folder.clone()))
            .register_activities(Speaking::new(speech, folder))
            .register_workflow::<DocumentWorkflow>()?
            .tuner(at_once(FILES_AT_ONCE))
            .max_heartbeat_throttle_interval(BEAT)
            .deployment_options(WorkerDeploymentOptions::from_build_id(BUILD_ID.to_owned()))
            .graceful_shutdown_period(GRACE);
        all.push(Worker::new(&runtime, client.clone(), options.build())?);
    }
    if let Some(model) = work.model {
        let tuner = at_once(model.at_once());
        let options = WorkerOptions::new(MODEL_TASK_QUEUE)
            .tuner(tuner)
            .max_heartbeat_throttle_interval(BEAT)
            .register_activities(Generation::new(model))
            .deployment_options(WorkerDeploymentOptions::from_build_id(BUILD_ID.to_owned()))
            .graceful_shutdown_period(GRACE);
        all.push(Worker::new(&runtime, client.clone(), options.build())?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_for_encrypted_connections_unless_said_otherwise() {
        for (variables, address, tls) in [
            (&[][..], "localhost:7233", false),
            (
                &[("TEMPORAL_ADDRESS", "x:1"), ("TEMPORAL_API_KEY", "k")],
                "x:1",
                true,
            ),
            (
                &[("TEMPORAL_API_KEY", "k"), ("TEMPORAL_TLS", "false")],
                "localhost:7233",
                false,
            ),
            (
                &[("TEMPORAL_API_KEY", ""), ("TEMPORAL_TLS", "true")],
                "localhost:7233",
                true,
            ),
        ] {
            let find = |name: &str| {
                let found = variables.iter().find(|(of, _)| *of == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let target = Target::of_variables(find);
            assert_eq!(
                (&*target.address, target.tls),
                (address, tls),
                "{variables:?}"
            );
        }
    }
}

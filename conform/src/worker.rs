//! The worker of the cases' workflow, in its own process, so that it can be killed.

use std::str::FromStr as _;

use anyhow::{Context as _, Result};
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use crate::{
    args::WorkerArguments,
    workflow::{ConformActivities, ConformWorkflow},
};

/// Runs until standard input closes.
pub async fn run(arguments: WorkerArguments) -> Result<()> {
    let client = connect(&arguments.address).await?;
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let options = WorkerOptions::new(arguments.task_queue)
        .register_workflow::<ConformWorkflow>()?
        .register_activities(ConformActivities)
        .build();
    let mut worker = Worker::new(&runtime, client, options)?;
    tokio::select! {
        biased;
        () = stdin_closed() => Ok(()),
        ended = worker.run() => Ok(ended?),
    }
}

/// Connects to Temporal, for tests that bypass the gateway and for the worker.
pub async fn connect(address: &str) -> Result<Client> {
    let url = Url::from_str(&format!("http://{address}")).context("Temporal's address")?;
    let options = ConnectionOptions::new(url)
        .identity("fast-temporal-conform".to_owned())
        .build();
    let connection = Connection::connect(options)
        .await
        .context("Temporal does not respond")?;
    Ok(Client::new(
        connection,
        ClientOptions::new("default").build(),
    )?)
}

async fn stdin_closed() {
    // The content, or an error, makes no difference.
    let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
}

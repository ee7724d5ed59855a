//! The worker of the cases' workflow, in its own process, so that it can be killed.

mod activity;
mod workflow;

use std::str::FromStr as _;

use anyhow::Context as _;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use self::{activity::ConformActivities, workflow::ConformWorkflow};
use crate::args::WorkerArguments;

/// Works until standard input closes.
pub async fn run(arguments: WorkerArguments) -> anyhow::Result<()> {
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

/// A separate client of Temporal.
pub async fn connect(address: &str) -> anyhow::Result<Client> {
    let url = Url::from_str(&format!("http://{address}")).context("Temporal's address")?;
    let options = ConnectionOptions::new(url)
        .identity("fast-temporal-conform".to_owned())
        .build();
    let connection = Connection::connect(options)
        .await
        .context("Temporal does not answer")?;
    Ok(Client::new(
        connection,
        ClientOptions::new("default").build(),
    )?)
}

async fn stdin_closed() {
    // The content, or an error, makes no difference.
    let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
}

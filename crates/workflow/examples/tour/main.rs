//! Shared by the examples: a client, and a worker that runs until one workflow has closed.
#![allow(dead_code, reason = "some examples use only a part")]

use std::pin::pin;

use anyhow::{Result, anyhow};
use temporalio_client::{Client, WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_common::{HasWorkflowDefinition, data_converters::TemporalDeserializable};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

pub async fn connect() -> Result<Client> {
    Ok(fast_temporal_workflow::connect("http://localhost:7233", "default").await?)
}

/// Runs a worker and one workflow with a random id, and returns the result.
pub async fn run<W>(
    client: &Client,
    options: WorkerOptions,
    workflow: W,
    input: W::Input,
) -> Result<W::Output>
where
    W: HasWorkflowDefinition,
    W::Input: Send,
    W::Output: TemporalDeserializable + 'static,
{
    let id = uuid::Uuid::new_v4().to_string();
    run_as(client, options, &id, workflow, input).await
}

/// Runs a worker and one workflow, and returns the result.
pub async fn run_as<W>(
    client: &Client,
    options: WorkerOptions,
    id: &str,
    workflow: W,
    input: W::Input,
) -> Result<W::Output>
where
    W: HasWorkflowDefinition,
    W::Input: Send,
    W::Output: TemporalDeserializable + 'static,
{
    let start = WorkflowStartOptions::new(options.task_queue.clone(), id).build();
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let mut worker = Worker::new(&runtime, client.clone(), options)?;
    let stop = worker.shutdown_handle();
    let mut working = pin!(worker.run());
    let outcome = async {
        let handle = client.start_workflow(workflow, input, start).await?;
        anyhow::Ok(
            handle
                .get_result(WorkflowGetResultOptions::default())
                .await?,
        )
    };
    let outcome = tokio::select! {
        ended = &mut working => return Err(anyhow!("the worker ended: {ended:?}")),
        outcome = outcome => outcome,
    };
    stop();
    working.await?;
    outcome
}

//! Short workflows, one of each kind: `cargo run --example tour -- NAME`, where `NAME` is `approval`, `callback`,
//! `parallel`, `saga`, `state` or `stream`.
//!
//! Requires a Temporal server at localhost:7233: `temporal server start-dev`.
#![allow(
    clippy::print_stdout,
    clippy::unused_async,
    reason = "an example prints, and the SDK's macros accept only async functions"
)]

mod approval;
mod callback;
mod parallel;
mod saga;
mod state;
mod stream;

use std::{fmt::Debug, pin::pin};

use anyhow::{Result, bail};
use temporalio_client::{Client, WorkflowGetResultOptions, WorkflowHandle, WorkflowStartOptions};
use temporalio_common::{HasWorkflowDefinition, data_converters::TemporalDeserializable};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

const TASK_QUEUE: &str = "tour";

#[tokio::main]
async fn main() -> Result<()> {
    let client = fast_temporal_workflow::connect("http://localhost:7233", "default").await?;
    let options = WorkerOptions::new(TASK_QUEUE)
        .register_activities(callback::Activities)
        .register_activities(parallel::Activities)
        .register_activities(saga::Activities)
        .register_activities(state::Activities)
        .register_activities(stream::Activities)
        .register_workflow::<approval::Approval>()?
        .register_workflow::<callback::Greeting>()?
        .register_workflow::<parallel::CountWords>()?
        .register_workflow::<saga::Trip>()?
        .register_workflow::<state::SumOfSquares>()?
        .register_workflow::<stream::Writing>()?
        .build();
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let mut worker = Worker::new(&runtime, client.clone(), options)?;
    let stop = worker.shutdown_handle();
    let mut working = pin!(worker.run());
    let name = std::env::args().nth(1).unwrap_or_default();
    tokio::select! {
        ended = &mut working => bail!("the worker ended: {ended:?}"),
        outcome = run(&client, &name) => outcome?,
    }
    stop();
    Ok(working.await?)
}

/// Runs one workflow and prints its result.
async fn run(client: &Client, name: &str) -> Result<()> {
    match name {
        "approval" => {
            let archive = "delete the archive".to_owned();
            print(client, "approval", approval::Approval::run, archive).await
        }
        "callback" => print(client, name, callback::Greeting::run, "Ada".to_owned()).await,
        "parallel" => {
            let texts = ["to be or not to be", "that is the question"].map(str::to_owned);
            print(client, name, parallel::CountWords::run, texts.to_vec()).await
        }
        "saga" => {
            let parts = ["flight", "hotel", "car"].map(str::to_owned).to_vec();
            print(client, name, saga::Trip::run, parts).await
        }
        "state" => print(client, name, state::SumOfSquares::run, 10).await,
        "stream" => {
            let text = "A text that appears once, however often the activity is retried.";
            start(client, name, stream::Writing::run, text.to_owned()).await?;
            stream::show(client, name).await
        }
        _ => bail!("expected approval, callback, parallel, saga, state or stream, not {name:?}"),
    }
}

async fn print<W>(client: &Client, name: &str, workflow: W, input: W::Input) -> Result<()>
where
    W: HasWorkflowDefinition,
    W::Input: Send,
    W::Output: TemporalDeserializable + Debug + 'static,
{
    let handle = start(client, name, workflow, input).await?;
    let result = handle.get_result(WorkflowGetResultOptions::default()).await;
    println!("{result:?}");
    Ok(())
}

async fn start<W>(
    client: &Client,
    name: &str,
    workflow: W,
    input: W::Input,
) -> Result<WorkflowHandle<Client, W>>
where
    W: HasWorkflowDefinition,
    W::Input: Send,
{
    let options = WorkflowStartOptions::new(TASK_QUEUE, name).build();
    Ok(client.start_workflow(workflow, input, options).await?)
}

//! The worker of the bench workflows, in its own process, so that the driver does not delay it.

pub mod fanout_workflow;
pub mod stream_workflow;
pub mod tail_workflow;

use anyhow::Result;
use clap::Args;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use self::{
    fanout_workflow::FanoutWorkflow,
    stream_workflow::{StreamActivities, StreamWorkflow},
    tail_workflow::{TailActivities, TailWorkflow},
};
use crate::baseline;

/// Arguments of the worker.
#[derive(Args)]
pub struct WorkerArgs {
    /// Temporal's address.
    #[arg(long)]
    address: String,
    /// The task queue to poll.
    #[arg(long)]
    task_queue: String,
}

/// Runs until standard input closes.
pub async fn run(args: WorkerArgs) -> Result<()> {
    let client = baseline::connect(&args.address, "fast-temporal-bench-worker").await?;
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let options = WorkerOptions::new(args.task_queue)
        .register_workflow::<TailWorkflow>()?
        .register_workflow::<FanoutWorkflow>()?
        .register_workflow::<StreamWorkflow>()?
        .register_activities(TailActivities)
        .register_activities(StreamActivities)
        .build();
    let mut worker = Worker::new(&runtime, client, options)?;
    tokio::select! {
        biased;
        () = stdin_closed() => Ok(()),
        ended = worker.run() => Ok(ended?),
    }
}

/// Waits until the parent process has ended.
pub async fn stdin_closed() {
    // The content, or an error, makes no difference.
    let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
}

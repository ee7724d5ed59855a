//! The worker of the bench workflows, in its own process, so that the driver's work does not
//! delay its.

mod fanout_workflow;
mod stream_workflow;
mod tail_workflow;

use clap::Args;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

pub use self::{
    fanout_workflow::{FANOUT_WORKFLOW, FanoutWorkflow, TICK_SIGNAL},
    stream_workflow::{
        GO_SIGNAL, STREAM_WORKFLOW, StreamActivities, StreamPlan, StreamWorkflow, TOPIC,
    },
    tail_workflow::{Plan, Returned, TAIL_ACTIVITY, TAIL_WORKFLOW, TailActivities, TailWorkflow},
};
use crate::baseline;

/// The signal that starts every bench workflow.
pub const START_SIGNAL: &str = "start";

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

/// Works until standard input closes.
pub async fn run(args: WorkerArgs) -> anyhow::Result<()> {
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
    // What is written there, or why it can't be read, makes no difference.
    let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
}

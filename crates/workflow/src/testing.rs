//! For the tests of workflows: does the code still do what a recorded history says?
//!
//! [`record`] a history once, commit it, and [`replay`] it in a test. A change that would break
//! running workflows then fails the test, and `ctx.patched(…)` mends it.
//!
//! ```no_run
//! # use fast_temporal_workflow::{prelude::*, testing};
//! # #[fast_temporal_workflow::workflow]
//! # #[derive(Default)]
//! # struct Review;
//! # #[fast_temporal_workflow::workflow_methods]
//! # impl Review {
//! # #[run]
//! # async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> { ctx.finish().await }
//! # }
//! # async fn example() {
//! let history = std::fs::read("tests/histories/review.json").unwrap();
//! testing::replay::<Review>(&history).await.unwrap();
//! # }
//! # fn main() {}
//! ```
//!
//! The form is the SDK's own, not the one of `temporal workflow show --output json`, which the SDK does
//! not read.

use std::fmt::Display;

use temporalio_client::{
    Client, UntypedWorkflow, WorkflowFetchHistoryOptions, WorkflowHandle, WorkflowHistory,
};
use temporalio_sdk::workflow_replayer::{
    WorkflowReplayError, WorkflowReplayFailure, WorkflowReplayer, WorkflowReplayerOptions,
};
use temporalio_workflow::{
    common::{HasWorkflowDefinition, WorkflowDefinition, data_converters::DataConverter},
    workflows::WorkflowImplementation,
};

/// Why a replay did not come to the same.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There is no history to replay: it can't be fetched, or what was read is none.
    #[error("there is no history to replay: {0}")]
    History(String),
    /// The code does something else than what the history says. `ctx.patched(…)` mends that.
    #[error("the code does something else now: {0}")]
    Nondeterminism(String),
    /// The code failed the workflow's task: it panicked, or values are of another type.
    #[error("the workflow's task failed: {0}")]
    Task(String),
    /// The replay itself failed.
    #[error("the replay failed: {0}")]
    Replayer(String),
}

/// Replays a recorded history with the code of a workflow. Its future stays on its thread.
pub async fn replay<W>(history_json: &[u8]) -> Result<(), ReplayError>
where
    W: WorkflowImplementation,
    <W::Run as WorkflowDefinition>::Input: Send,
{
    replay_with::<W>(history_json, crate::data_converter()).await
}

/// The same, with the converter that the workflow's worker has, where it has a codec or a payload
/// converter of its own: [`data_converter_with`](crate::data_converter_with).
pub async fn replay_with<W>(
    history_json: &[u8],
    data_converter: DataConverter,
) -> Result<(), ReplayError>
where
    W: WorkflowImplementation,
    <W::Run as WorkflowDefinition>::Input: Send,
{
    let failed = |error: &dyn Display| ReplayError::Replayer(error.to_string());
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<W>()
        .map_err(|error| failed(&error))?
        .data_converter(data_converter)
        .build();
    let history = WorkflowHistory::from_json(history_json).map_err(no_history)?;
    let replayer = WorkflowReplayer::new(options).map_err(|error| failed(&error))?;
    let replayed = replayer.replay_workflow(history).await;
    replayed.map_err(|error| match error {
        WorkflowReplayError::History(error) => no_history(error),
        WorkflowReplayError::Replay(WorkflowReplayFailure::InvalidHistory { message }) => {
            ReplayError::History(message)
        }
        WorkflowReplayError::Replay(WorkflowReplayFailure::Nondeterminism { message }) => {
            ReplayError::Nondeterminism(message)
        }
        WorkflowReplayError::Replay(WorkflowReplayFailure::WorkflowTaskFailure { message }) => {
            ReplayError::Task(message)
        }
        error => failed(&error),
    })
}

/// The history of the latest run of a workflow, as [`replay`] reads it, in lines.
pub async fn record(client: &Client, workflow_id: &str) -> Result<String, ReplayError> {
    let handle = client.get_workflow_handle::<UntypedWorkflow>(workflow_id);
    record_run(&handle).await
}

/// The same, of the run that a handle names.
pub async fn record_run<W>(handle: &WorkflowHandle<Client, W>) -> Result<String, ReplayError>
where
    W: HasWorkflowDefinition,
{
    let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
    let json = history.to_json().await.map_err(no_history)?;
    let history: serde_json::Value = serde_json::from_slice(&json).map_err(no_history)?;
    let mut text = serde_json::to_string_pretty(&history).map_err(no_history)?;
    text.push('\n');
    Ok(text)
}

fn no_history(error: impl Display) -> ReplayError {
    ReplayError::History(error.to_string())
}

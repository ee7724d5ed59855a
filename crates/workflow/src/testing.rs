//! Replay tests: they check that changed code still produces the commands of a recorded history.
//!
//! [`record`] a history once, commit it, and [`replay`] it in a test. The test fails after a change
//! that would break running workflows; `ctx.patched(…)` makes such a change safe.
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
//! The format is the SDK's own. The SDK can't read the output of `temporal workflow show --output
//! json` or a download from Temporal's UI: a replay of such a file fails with
//! [`ReplayError::History`]. Use [`record`] to fetch the history of a production workflow.

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

/// Why a replay failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The history can't be fetched or parsed.
    #[error("cannot read the history (expected the format of `testing::record`): {0}")]
    History(String),
    /// The code issues other commands than the history contains. `ctx.patched(…)` makes such a
    /// change safe.
    #[error("the code does not match the history: {0}")]
    Nondeterminism(String),
    /// The code failed the workflow task: it panicked, or a value has another type.
    #[error("the workflow task failed: {0}")]
    Task(String),
    /// The replayer failed.
    #[error("the replayer failed: {0}")]
    Replayer(String),
}

/// Replays a recorded history with the code of a workflow. The future is not `Send`.
pub async fn replay<W>(history_json: &[u8]) -> Result<(), ReplayError>
where
    W: WorkflowImplementation,
    <W::Run as WorkflowDefinition>::Input: Send,
{
    replay_with::<W>(history_json, crate::data_converter()).await
}

/// Replays a history with the data converter of the workflow's worker, for a worker with its own
/// codec or payload converter: [`data_converter_with`](crate::data_converter_with).
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
    let history = WorkflowHistory::from_json(history_json).map_err(history_error)?;
    let replayer = WorkflowReplayer::new(options).map_err(|error| failed(&error))?;
    let replayed = replayer.replay_workflow(history).await;
    replayed.map_err(|error| match error {
        WorkflowReplayError::History(error) => history_error(error),
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

/// Returns the history of a workflow's latest run as indented JSON, for [`replay`].
pub async fn record(client: &Client, workflow_id: &str) -> Result<String, ReplayError> {
    let handle = client.get_workflow_handle::<UntypedWorkflow>(workflow_id);
    record_run(&handle).await
}

/// Returns the history of the run of a handle as indented JSON, for [`replay`].
pub async fn record_run<W>(handle: &WorkflowHandle<Client, W>) -> Result<String, ReplayError>
where
    W: HasWorkflowDefinition,
{
    let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
    let json = history.to_json().await.map_err(history_error)?;
    let history: serde_json::Value = serde_json::from_slice(&json).map_err(history_error)?;
    let mut text = serde_json::to_string_pretty(&history).map_err(history_error)?;
    text.push('\n');
    Ok(text)
}

fn history_error(error: impl Display) -> ReplayError {
    ReplayError::History(error.to_string())
}

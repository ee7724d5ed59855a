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

use temporalio_client::{Client, UntypedWorkflow, WorkflowFetchHistoryOptions, WorkflowHistory};
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
use temporalio_workflow::{common::WorkflowDefinition, workflows::WorkflowImplementation};

/// Why a replay was not to be, or did not come to the same.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReplayError(String);

/// Replays a recorded history with the code of a workflow. Its future stays on its thread.
pub async fn replay<W>(history_json: &[u8]) -> Result<(), ReplayError>
where
    W: WorkflowImplementation,
    <W::Run as WorkflowDefinition>::Input: Send,
{
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<W>()
        .map_err(of)?
        .data_converter(crate::data_converter())
        .build();
    let history = WorkflowHistory::from_json(history_json).map_err(of)?;
    let replayer = WorkflowReplayer::new(options).map_err(of)?;
    replayer.replay_workflow(history).await.map_err(of)
}

/// The history of the latest run of a workflow, as [`replay`] reads it, in lines.
pub async fn record(client: &Client, workflow_id: &str) -> Result<String, ReplayError> {
    let handle = client.get_workflow_handle::<UntypedWorkflow>(workflow_id);
    let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
    let json = history.to_json().await.map_err(of)?;
    let history: serde_json::Value = serde_json::from_slice(&json).map_err(of)?;
    let mut text = serde_json::to_string_pretty(&history).map_err(of)?;
    text.push('\n');
    Ok(text)
}

fn of(error: impl std::fmt::Display) -> ReplayError {
    ReplayError(error.to_string())
}

//! For the tests of workflows: does the code still do what a recorded history says?
//!
//! Record a history once, by `temporal workflow show --output json` or a handle's
//! `fetch_history(…).to_json()`, commit it, and replay it in a test. A change that would break
//! running workflows then fails the test, and `ctx.patched(…)` mends it.

use temporalio_client::WorkflowHistory;
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

fn of(error: impl std::fmt::Display) -> ReplayError {
    ReplayError(error.to_string())
}

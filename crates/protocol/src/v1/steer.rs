//! Requests to a running workflow: signal, query, update, cancel, terminate, result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list::WorkflowStatus;
use crate::{Args, Failure, Json, parse::NAME};

/// A signal. The response comes once Temporal has recorded it, not once the workflow has handled
/// it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SignalRequest {
    /// The arguments, in order.
    pub args: Args,
    /// Makes the signal idempotent while the workflow runs. Over REST also the header
    /// `Idempotency-Key`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub request_id: Option<String>,
}

/// A query. It needs a running worker to answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QueryRequest {
    /// The arguments, in order.
    pub args: Args,
}

/// The result of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueryResult {
    /// The value that the query handler returned.
    pub result: Json,
}

/// An update.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateRequest {
    /// The arguments, in order.
    pub args: Args,
    /// The client's id for the update, which makes it idempotent within the run: a repeated update
    /// returns the result of the first. Over REST also the header `Idempotency-Key`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub update_id: Option<String>,
    /// The stage to wait for.
    pub wait_for: UpdateStage,
}

/// The stage of an update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateStage {
    /// The workflow has accepted the update.
    Accepted,
    /// The update has returned.
    #[default]
    Completed,
}

/// The result of an update. An update that the workflow rejects or fails is the error
/// `update_failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateResult {
    /// The update's id.
    pub update_id: String,
    /// The run that accepted it.
    pub run_id: String,
    /// The stage that the update has reached.
    pub stage: UpdateStage,
    /// The returned value, once the update is completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
}

/// Requests that a workflow cancel itself. The response comes once Temporal has recorded the
/// request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CancelRequest {
    /// The reason, for people.
    #[schemars(length(max = 1000))]
    pub reason: Option<String>,
    /// Makes the request idempotent. Over REST also the header `Idempotency-Key`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub request_id: Option<String>,
}

/// Terminates a workflow at once, without its worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TerminateRequest {
    /// The reason, for people.
    #[schemars(length(max = 1000))]
    pub reason: Option<String>,
}

/// Waits until a workflow is closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ResultRequest {
    /// How long to wait, in seconds: at most 60, by default 30. If the workflow is not closed by
    /// then, the error is `workflow_not_closed`.
    #[schemars(range(min = 0, max = 60))]
    pub wait: Option<f64>,
}

/// The outcome of a closed workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowOutcome {
    /// The workflow id.
    pub workflow_id: String,
    /// The last run.
    pub run_id: String,
    /// How the workflow closed.
    pub status: WorkflowStatus,
    /// The returned value, if the workflow completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
    /// The failure, if the workflow failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

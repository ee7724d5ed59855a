//! Ending a workflow, and waiting for its end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NAME, WorkflowStatus};
use crate::{Failure, Json};

/// Asks a workflow to cancel itself. It is answered when Temporal has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CancelRequest {
    /// Why, for people.
    #[schemars(length(max = 1000))]
    pub reason: Option<String>,
    /// Makes the request idempotent. Over REST also the header `Idempotency-Key`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub request_id: Option<String>,
}

/// Ends a workflow at once, without asking its worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TerminateRequest {
    /// Why, for people.
    #[schemars(length(max = 1000))]
    pub reason: Option<String>,
}

/// Waits for a workflow to end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ResultRequest {
    /// How long to wait, in seconds: 30 where absent, at most 60. A workflow that has not ended by
    /// then is an error `timeout`.
    #[schemars(range(min = 0, max = 60))]
    pub wait: Option<f64>,
}

/// What a workflow came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowOutcome {
    /// The workflow id.
    pub workflow_id: String,
    /// Its last run.
    pub run_id: String,
    /// How it ended.
    pub status: WorkflowStatus,
    /// What it returned, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
    /// What went wrong, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

//! What happens to child workflows, as their parent sees it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

/// A child workflow began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChildStarted {
    /// The child's workflow id.
    pub workflow_id: String,
    /// The child's workflow type.
    pub workflow_type: String,
    /// The child's run; absent where it never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A child workflow returned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChildCompleted {
    /// The child's workflow id.
    pub workflow_id: String,
    /// The child's workflow type.
    pub workflow_type: String,
    /// The child's run; absent where it never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// What it returned; `null` for nothing.
    pub result: Json,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A child workflow failed, or could not be started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChildFailed {
    /// The child's workflow id.
    pub workflow_id: String,
    /// The child's workflow type.
    pub workflow_type: String,
    /// The child's run; absent where it never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Why.
    pub failure: Failure,
    /// Why there is no further attempt, in Temporal's words, such as `MAXIMUM_ATTEMPTS_REACHED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_state: Option<String>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A child workflow ended as cancelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChildCanceled {
    /// The child's workflow id.
    pub workflow_id: String,
    /// The child's workflow type.
    pub workflow_type: String,
    /// The child's run; absent where it never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// What the child said of it.
    #[serde(default)]
    pub details: Vec<Json>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A child workflow was terminated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChildTerminated {
    /// The child's workflow id.
    pub workflow_id: String,
    /// The child's workflow type.
    pub workflow_type: String,
    /// The child's run; absent where it never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A child workflow exceeded its time limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChildTimedOut {
    /// The child's workflow id.
    pub workflow_id: String,
    /// The child's workflow type.
    pub workflow_type: String,
    /// The child's run; absent where it never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Why there is no further attempt, in Temporal's words, such as `MAXIMUM_ATTEMPTS_REACHED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_state: Option<String>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

//! Events of Nexus operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

/// The workflow scheduled a Nexus operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusScheduled {
    /// The event id of its scheduling, which identifies the operation within the run.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The argument, `null` if there is none.
    pub input: Json,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation started and completes asynchronously.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusStarted {
    /// The event id of its scheduling, which identifies the operation within the run.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The handler's token for the operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_token: Option<String>,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation returned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusCompleted {
    /// The event id of its scheduling, which identifies the operation within the run.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The returned value, `null` if nothing was returned.
    pub result: Json,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusFailed {
    /// The event id of its scheduling, which identifies the operation within the run.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The failure.
    pub failure: Failure,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation was canceled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusCanceled {
    /// The event id of its scheduling, which identifies the operation within the run.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The failure.
    pub failure: Failure,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation exceeded its time limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusTimedOut {
    /// The event id of its scheduling, which identifies the operation within the run.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The failure, which names the limit.
    pub failure: Failure,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

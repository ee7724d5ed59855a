//! What happens to Nexus operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

/// The workflow asked for a Nexus operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusScheduled {
    /// The event id of its scheduling: tells operations of one run apart.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The argument; `null` for none.
    pub input: Json,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation began and will answer later.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusStarted {
    /// The event id of its scheduling: tells operations of one run apart.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The handler's token of the operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_token: Option<String>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation returned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusCompleted {
    /// The event id of its scheduling: tells operations of one run apart.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// What it returned; `null` for nothing.
    pub result: Json,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusFailed {
    /// The event id of its scheduling: tells operations of one run apart.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Why.
    pub failure: Failure,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation ended as cancelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusCanceled {
    /// The event id of its scheduling: tells operations of one run apart.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Why.
    pub failure: Failure,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A Nexus operation exceeded its time limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NexusTimedOut {
    /// The event id of its scheduling: tells operations of one run apart.
    pub scheduled_event_id: i64,
    /// The Nexus endpoint.
    pub endpoint: String,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Which limit, and why.
    pub failure: Failure,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

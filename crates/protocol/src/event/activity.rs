//! What happens to activities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

/// The workflow asked for an activity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityScheduled {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// The task queue that its workers poll.
    pub task_queue: String,
    /// The arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// An activity returned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityCompleted {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// What it returned; `null` for nothing.
    pub result: Json,
    /// Which attempt this was, from 1; 0 where history names none: it ended before an attempt
    /// began, or between two.
    pub attempt: i32,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// An activity failed for good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityFailed {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// Why.
    pub failure: Failure,
    /// Which attempt this was, from 1; 0 where history names none: it ended before an attempt
    /// began, or between two.
    pub attempt: i32,
    /// Why there is no further attempt, in Temporal's words, such as `MAXIMUM_ATTEMPTS_REACHED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_state: Option<String>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// An activity exceeded a time limit for good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityTimedOut {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// Which limit: `START_TO_CLOSE`, `SCHEDULE_TO_START`, `SCHEDULE_TO_CLOSE` or `HEARTBEAT`.
    pub timeout_type: String,
    /// What the server recorded, with the last attempt's failure as its cause.
    pub failure: Failure,
    /// Which attempt this was, from 1; 0 where history names none: it ended before an attempt
    /// began, or between two.
    pub attempt: i32,
    /// Why there is no further attempt, in Temporal's words, such as `MAXIMUM_ATTEMPTS_REACHED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_state: Option<String>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// An activity ended as cancelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityCanceled {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// What the activity said of it.
    #[serde(default)]
    pub details: Vec<Json>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

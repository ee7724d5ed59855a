//! Events of activities and local activities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

/// The workflow scheduled an activity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityScheduled {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// The task queue of its workers.
    pub task_queue: String,
    /// The arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
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
    /// The returned value, `null` if nothing was returned.
    pub result: Json,
    /// The attempt, from 1; 0 if history has no attempt: the activity ended before its first attempt
    /// or between two.
    pub attempt: i32,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// An activity failed and is not retried again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityFailed {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// The failure.
    pub failure: Failure,
    /// The attempt, from 1; 0 if history has no attempt: the activity ended before its first attempt
    /// or between two.
    pub attempt: i32,
    /// Why there is no further attempt: Temporal's name, such as `MAXIMUM_ATTEMPTS_REACHED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_state: Option<String>,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// An activity exceeded a time limit and is not retried again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityTimedOut {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// The limit: `START_TO_CLOSE`, `SCHEDULE_TO_START`, `SCHEDULE_TO_CLOSE` or `HEARTBEAT`.
    pub timeout_type: String,
    /// The failure that the server recorded, with the last attempt's failure as its cause.
    pub failure: Failure,
    /// The attempt, from 1; 0 if history has no attempt: the activity ended before its first attempt
    /// or between two.
    pub attempt: i32,
    /// Why there is no further attempt: Temporal's name, such as `MAXIMUM_ATTEMPTS_REACHED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_state: Option<String>,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// An activity was canceled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityCanceled {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// Details that the activity attached.
    #[serde(default)]
    pub details: Vec<Json>,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A local activity returned. Local activities run inside the workflow's worker and leave one
/// event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocalActivityCompleted {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// The returned value, `null` if nothing was returned.
    pub result: Json,
    /// The attempt, from 1; 0 if no attempt began.
    pub attempt: i32,
}

/// A local activity failed and is not retried again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocalActivityFailed {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// The failure.
    pub failure: Failure,
    /// The attempt, from 1; 0 if no attempt began.
    pub attempt: i32,
}

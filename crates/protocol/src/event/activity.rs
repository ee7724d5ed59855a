//! Events of activities and local activities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

event_structs! {
    {
        /// The activity's id within the run.
        activity_id: String,
        /// The activity type.
        activity_type: String,
    }

    /// The workflow scheduled an activity.
    ActivityScheduled {
        /// The task queue of its workers.
        task_queue: String,
        /// The arguments, in order.
        #[serde(default)]
        input: Vec<Json>,
    }

    /// An activity returned.
    ActivityCompleted {
        /// The returned value, `null` if nothing was returned.
        result: Json,
        /// The attempt, from 1; 0 if history has no attempt: the activity ended before its first attempt
        /// or between two.
        attempt: i32,
    }

    /// An activity failed and is not retried again.
    ActivityFailed {
        /// The failure.
        failure: Failure,
        /// The attempt, from 1; 0 if history has no attempt: the activity ended before its first attempt
        /// or between two.
        attempt: i32,
        /// Why there is no further attempt: Temporal's name, such as `MAXIMUM_ATTEMPTS_REACHED`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_state: Option<String>,
    }

    /// An activity exceeded a time limit and is not retried again.
    ActivityTimedOut {
        /// The limit: `START_TO_CLOSE`, `SCHEDULE_TO_START`, `SCHEDULE_TO_CLOSE` or `HEARTBEAT`.
        timeout_type: String,
        /// The failure that the server recorded, with the last attempt's failure as its cause.
        failure: Failure,
        /// The attempt, from 1; 0 if history has no attempt: the activity ended before its first attempt
        /// or between two.
        attempt: i32,
        /// Why there is no further attempt: Temporal's name, such as `MAXIMUM_ATTEMPTS_REACHED`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_state: Option<String>,
    }

    /// An activity was canceled.
    ActivityCanceled {
        /// Details that the activity attached.
        #[serde(default)]
        details: Vec<Json>,
    }
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

//! Events of child workflows, as their parent's history records them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

event_structs! {
    {
        /// The child's workflow id.
        workflow_id: String,
        /// The child's workflow type.
        workflow_type: String,
        /// The child's run, absent if it never started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_id: Option<String>,
    }

    /// A child workflow started.
    ChildStarted {}

    /// A child workflow returned.
    ChildCompleted {
        /// The returned value, `null` if nothing was returned.
        result: Json,
    }

    /// A child workflow failed, or could not be started.
    ChildFailed {
        /// The failure.
        failure: Failure,
        /// Why there is no further attempt: Temporal's name, such as `MAXIMUM_ATTEMPTS_REACHED`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_state: Option<String>,
    }

    /// A child workflow was canceled.
    ChildCanceled {
        /// Details that the child attached.
        #[serde(default)]
        details: Vec<Json>,
    }

    /// A child workflow was terminated.
    ChildTerminated {}

    /// A child workflow exceeded its time limit.
    ChildTimedOut {
        /// Why there is no further attempt: Temporal's name, such as `MAXIMUM_ATTEMPTS_REACHED`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_state: Option<String>,
    }
}

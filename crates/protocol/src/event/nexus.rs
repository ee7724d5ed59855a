//! Events of Nexus operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

event_structs! {
    {
        /// The event id of its scheduling, which identifies the operation within the run.
        scheduled_event_id: i64,
        /// The Nexus endpoint.
        endpoint: String,
        /// The service.
        service: String,
        /// The operation.
        operation: String,
    }

    /// The workflow scheduled a Nexus operation.
    NexusScheduled {
        /// The argument; `null` if the operation has none.
        input: Json,
    }

    /// A Nexus operation started and completes asynchronously.
    NexusStarted {
        /// The handler's token for the operation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation_token: Option<String>,
    }

    /// A Nexus operation returned.
    NexusCompleted {
        /// The returned value, `null` if nothing was returned.
        result: Json,
    }

    /// A Nexus operation failed.
    NexusFailed {
        /// The failure.
        failure: Failure,
    }

    /// A Nexus operation was canceled.
    NexusCanceled {
        /// The failure.
        failure: Failure,
    }

    /// A Nexus operation exceeded its time limit.
    NexusTimedOut {
        /// The failure, which names the limit.
        failure: Failure,
    }
}

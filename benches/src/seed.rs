//! The driver's messages in the `seed` dialect: which workflow to start, with which arguments.

use serde::Serialize;
use serde_json::json;

use crate::worker::START_SIGNAL;

/// The path at which a user connects.
pub fn path(user: &str) -> String {
    format!("/ws/{user}")
}

/// The message that starts a workflow; its start signal gets `args`.
pub fn start_message(workflow: &str, task_queue: &str, args: &impl Serialize) -> String {
    let message = json!({
        "origin": "bench",
        "args": args,
        "workflow": {
            "workflow_name": workflow,
            "workflow_task_queue": task_queue,
            "start_signal_function": START_SIGNAL,
        },
    });
    message.to_string()
}

//! The workflow that clients start where their message names none.

use super::{
    ConfigError,
    reader::{Reader, kind},
};

/// The workflow that clients start where their message names none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowSettings {
    /// The workflow's type. `TEMPORAL_WORKFLOW`; default none, and then a message has to name
    /// its workflow.
    pub name: String,
    /// The task queue that its workers poll. `TEMPORAL_TASK_QUEUE`; needed beside the type.
    pub task_queue: String,
    /// The signal that it is started with. `START_SIGNAL_FUNCTION`; default none, and then the
    /// workflow itself gets the arguments.
    pub start_signal: Option<String>,
}

impl WorkflowSettings {
    pub(super) fn read(reader: &mut Reader, warnings: &mut Vec<String>) -> Option<Self> {
        let name = reader.optional("TEMPORAL_WORKFLOW", &kind::name());
        let task_queue = reader.optional("TEMPORAL_TASK_QUEUE", &kind::name());
        let start_signal = reader.optional("START_SIGNAL_FUNCTION", &kind::name());
        match (name, task_queue) {
            (Some(name), Some(task_queue)) => Some(Self {
                name,
                task_queue,
                start_signal,
            }),
            (Some(_), None) => {
                reader.errors.push(ConfigError::Missing {
                    missing: "TEMPORAL_TASK_QUEUE",
                    because: "TEMPORAL_WORKFLOW is set, and a workflow needs a task queue",
                });
                None
            }
            // Workers may read these two from the same file, so they are no error by themselves.
            (None, task_queue) => {
                let unused = [
                    ("TEMPORAL_TASK_QUEUE", task_queue.is_some()),
                    ("START_SIGNAL_FUNCTION", start_signal.is_some()),
                ];
                for (name, _) in unused.into_iter().filter(|(_, set)| *set) {
                    warnings.push(format!(
                        "{name} is not used, as TEMPORAL_WORKFLOW is not set"
                    ));
                }
                None
            }
        }
    }
}

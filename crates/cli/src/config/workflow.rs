//! The workflow that clients start where their message names none.

use super::{
    reader::{Reader, kind},
    setting::settings,
    source::Origin,
};

settings! {
    WORKFLOW in "default_workflow":
        "The workflow that a message of the Python package's clients starts which names none. It \
         also stands in the catalog, by the name of its type.";

    /// The workflow's type. Without it, a message has to name its workflow.
    TYPE = "TEMPORAL_WORKFLOW", key "default_workflow.type";

    /// The task queue that its workers poll; needed beside the type.
    TASK_QUEUE = "TEMPORAL_TASK_QUEUE", key "default_workflow.task_queue";

    /// The signal that it is started with. Without one, the workflow itself gets the arguments.
    START_SIGNAL = "START_SIGNAL_FUNCTION", key "default_workflow.start_signal";
}

/// The workflow that clients start where their messages name none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowSettings {
    /// `TYPE`.
    pub name: String,
    /// `TASK_QUEUE`.
    pub task_queue: String,
    /// `START_SIGNAL`.
    pub start_signal: Option<String>,
}

impl WorkflowSettings {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let name = reader.optional(&TYPE, &kind::name());
        let task_queue = reader.optional(&TASK_QUEUE, &kind::name());
        let start_signal = reader.optional(&START_SIGNAL, &kind::name());
        match (name, task_queue) {
            (Some(name), Some(task_queue)) => Some(Self {
                name,
                task_queue,
                start_signal,
            }),
            (Some(_), None) => {
                if reader.origin(&TASK_QUEUE) == Origin::Default {
                    reader.miss(&TASK_QUEUE, &TYPE, "a workflow needs a task queue");
                }
                None
            }
            // Workers may read these two from the same file, so they are no error by themselves.
            (None, task_queue) => {
                let unused = [
                    (&TASK_QUEUE, task_queue.is_some()),
                    (&START_SIGNAL, start_signal.is_some()),
                ];
                for (setting, _) in unused.into_iter().filter(|(_, set)| *set) {
                    let origin = reader.origin(setting);
                    let warning = format!(
                        "{} is not used, as {} is not set",
                        setting.name_at(&origin),
                        TYPE.name_at(&origin)
                    );
                    reader.warnings.push(warning);
                }
                None
            }
        }
    }
}

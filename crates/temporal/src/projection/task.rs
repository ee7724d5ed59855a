//! Workflow tasks: whether a worker has taken one, and whether workers are stuck on one.
//!
//! Nothing here is keyed on event ids, since at the tail those of tasks may be transient.

use fast_temporal_protocol::event::{WorkflowReset, WorkflowTaskFailed};
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause as Cause, history::v1::WorkflowTaskFailedEventAttributes,
};

use super::Made;
use crate::{failure, word::word};

#[derive(Clone, Default)]
pub(super) struct WorkflowTasks {
    workflow_task_started: bool,
    /// How many were completed.
    completed: u64,
    /// Whether the present stuck spell was said.
    stuck: bool,
}

impl WorkflowTasks {
    pub(super) fn workflow_task_started(&self) -> bool {
        self.workflow_task_started
    }

    pub(super) fn count_completed(&self) -> u64 {
        self.completed
    }

    pub(super) fn took(&mut self) -> Made {
        self.workflow_task_started = true;
        Made::none()
    }

    pub(super) fn completed(&mut self) -> Made {
        self.workflow_task_started = true;
        self.completed += 1;
        self.stuck = false;
        Made::none()
    }

    /// A reset is somebody's answer to a stuck spell: what fails after it is news.
    pub(super) fn reset(&mut self, reset: WorkflowReset) -> Made {
        self.workflow_task_started = true;
        self.stuck = false;
        Made::one(reset)
    }

    pub(super) fn failed(&mut self, a: WorkflowTaskFailedEventAttributes) -> Made {
        self.workflow_task_started = true;
        if self.stuck || !blames_worker(a.cause) {
            return Made::none();
        }
        self.stuck = true;
        let data = WorkflowTaskFailed {
            cause: word::<Cause>(a.cause).unwrap_or_else(|| "UNSPECIFIED".to_owned()),
            failure: a.failure.map(failure::shown),
        };
        Made::one(data)
    }
}

/// Whether a task that failed so will fail again until somebody mends something. The other causes
/// are the server's ways to start a task over.
fn blames_worker(cause: i32) -> bool {
    !matches!(
        Cause::try_from(cause),
        Ok(Cause::UnhandledCommand
            | Cause::UnhandledUpdate
            | Cause::ResetStickyTaskQueue
            | Cause::ForceCloseCommand
            | Cause::FailoverCloseCommand
            | Cause::ResetWorkflow
            | Cause::WorkflowPauseRequestedBeforeTaskStarted)
    )
}

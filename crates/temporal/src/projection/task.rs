//! Workflow tasks: whether a worker has started one, and whether workers fail one repeatedly.
//!
//! Nothing here is keyed by event ids, as those of tasks may be transient at the tail.

use fast_temporal_protocol::event::{WorkflowReset, WorkflowTaskFailed};
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause as Cause, history::v1::WorkflowTaskFailedEventAttributes,
};

use super::projected::Projected;
use crate::{enum_name::enum_name, failure};

#[derive(Clone, Default)]
pub(super) struct WorkflowTasks {
    /// Whether a worker has started a workflow task of this run.
    pub(super) workflow_task_started: bool,
    /// The number of completed tasks.
    pub(super) completed_tasks: u64,
    /// Whether the current period of failing tasks has had its event.
    is_failing: bool,
}

impl WorkflowTasks {
    pub(super) fn started(&mut self) -> Projected {
        self.workflow_task_started = true;
        Projected::none()
    }

    pub(super) fn completed(&mut self) -> Projected {
        self.workflow_task_started = true;
        self.completed_tasks += 1;
        self.is_failing = false;
        Projected::none()
    }

    /// A reset may repair failing tasks, so the next failure is an event again.
    pub(super) fn reset(&mut self, reset: WorkflowReset) -> Projected {
        self.workflow_task_started = true;
        self.is_failing = false;
        Projected::one(reset)
    }

    pub(super) fn failed(&mut self, a: WorkflowTaskFailedEventAttributes) -> Projected {
        self.workflow_task_started = true;
        if self.is_failing || !is_fault_of_worker(a.cause) {
            return Projected::none();
        }
        self.is_failing = true;
        Projected::one(WorkflowTaskFailed {
            cause: enum_name::<Cause>(a.cause).unwrap_or_else(|| "UNSPECIFIED".to_owned()),
            failure: a.failure.map(failure::public),
        })
    }
}

/// Returns whether the task will fail again until someone fixes the worker. With the other causes, the
/// server restarts the task.
fn is_fault_of_worker(cause: i32) -> bool {
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

//! The run as a whole: how it began and how it ended.

use fast_temporal_core::engine::RunEnd;
use fast_temporal_protocol::event::{
    ParentWorkflow, WorkflowCanceled, WorkflowCompleted, WorkflowContinuedAsNew, WorkflowFailed,
    WorkflowStarted, WorkflowTerminated, WorkflowTimedOut,
};
use temporalio_common::protos::temporal::api::history::v1::{
    WorkflowExecutionCanceledEventAttributes, WorkflowExecutionCompletedEventAttributes,
    WorkflowExecutionContinuedAsNewEventAttributes, WorkflowExecutionFailedEventAttributes,
    WorkflowExecutionStartedEventAttributes, WorkflowExecutionTerminatedEventAttributes,
    WorkflowExecutionTimedOutEventAttributes,
};

use super::{At, Made, Projection};
use crate::{failure, payload};

impl Projection {
    /// Notes that the run is over, and which run history names as the next one.
    pub(super) fn close(&mut self, new_run_id: Option<&str>) {
        // No reset copies a closing event: what ends here is this run.
        self.fork.pass();
        self.end = Some(RunEnd {
            successor: new_run_id.filter(|id| !id.is_empty()).map(Into::into),
        });
    }
}

pub(super) fn started(at: At, a: WorkflowExecutionStartedEventAttributes) -> Made {
    let parent = a.parent_workflow_execution.map(|parent| ParentWorkflow {
        workflow_id: parent.workflow_id,
        run_id: parent.run_id,
    });
    let data = WorkflowStarted {
        workflow_type: a.workflow_type.unwrap_or_default().name,
        task_queue: a.task_queue.unwrap_or_default().name,
        input: payload::all(a.input),
        attempt: a.attempt.max(1),
        first_run_id: a.first_execution_run_id,
        continued_from_run_id: named(a.continued_execution_run_id),
        cron_schedule: named(a.cron_schedule),
        parent,
        summary: at.summary,
    };
    Made::one(data)
}

pub(super) fn completed(a: WorkflowExecutionCompletedEventAttributes) -> Made {
    let data = WorkflowCompleted {
        result: payload::first(a.result),
        new_run_id: named(a.new_execution_run_id),
    };
    Made::one(data)
}

pub(super) fn failed(a: WorkflowExecutionFailedEventAttributes) -> Made {
    let data = WorkflowFailed {
        failure: failure::expected(a.failure),
        new_run_id: named(a.new_execution_run_id),
    };
    Made::one(data)
}

pub(super) fn timed_out(a: WorkflowExecutionTimedOutEventAttributes) -> Made {
    let data = WorkflowTimedOut {
        new_run_id: named(a.new_execution_run_id),
    };
    Made::one(data)
}

pub(super) fn continued_as_new(a: WorkflowExecutionContinuedAsNewEventAttributes) -> Made {
    let data = WorkflowContinuedAsNew {
        new_run_id: a.new_execution_run_id,
        workflow_type: a.workflow_type.unwrap_or_default().name,
        task_queue: a.task_queue.unwrap_or_default().name,
        input: payload::all(a.input),
    };
    Made::one(data)
}

pub(super) fn canceled(a: WorkflowExecutionCanceledEventAttributes) -> Made {
    let details = payload::all(a.details);
    Made::one(WorkflowCanceled { details })
}

pub(super) fn terminated(a: WorkflowExecutionTerminatedEventAttributes) -> Made {
    let data = WorkflowTerminated {
        reason: a.reason,
        details: payload::all(a.details),
    };
    Made::one(data)
}

fn named(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

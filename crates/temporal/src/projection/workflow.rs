//! The start and the end of the run.

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

use super::{EventContext, Projected, Projection};
use crate::{failure, payload};

impl Projection {
    /// Records that the run is closed, and its successor.
    pub(super) fn close(&mut self, new_run_id: Option<&str>) {
        // A reset copies no closing event, so this event is of this run.
        self.fork.pass();
        self.end = Some(RunEnd {
            successor: new_run_id.filter(|id| !id.is_empty()).map(Into::into),
        });
    }
}

pub(super) fn started(
    context: EventContext,
    a: WorkflowExecutionStartedEventAttributes,
) -> Projected {
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
        summary: context.summary,
    };
    Projected::one(data)
}

pub(super) fn completed(a: WorkflowExecutionCompletedEventAttributes) -> Projected {
    let data = WorkflowCompleted {
        result: payload::first(a.result),
        new_run_id: named(a.new_execution_run_id),
    };
    Projected::one(data)
}

pub(super) fn failed(a: WorkflowExecutionFailedEventAttributes) -> Projected {
    let data = WorkflowFailed {
        failure: failure::expected(a.failure),
        new_run_id: named(a.new_execution_run_id),
    };
    Projected::one(data)
}

pub(super) fn timed_out(a: WorkflowExecutionTimedOutEventAttributes) -> Projected {
    let data = WorkflowTimedOut {
        new_run_id: named(a.new_execution_run_id),
    };
    Projected::one(data)
}

pub(super) fn continued_as_new(a: WorkflowExecutionContinuedAsNewEventAttributes) -> Projected {
    let data = WorkflowContinuedAsNew {
        new_run_id: a.new_execution_run_id,
        workflow_type: a.workflow_type.unwrap_or_default().name,
        task_queue: a.task_queue.unwrap_or_default().name,
        input: payload::all(a.input),
    };
    Projected::one(data)
}

pub(super) fn canceled(a: WorkflowExecutionCanceledEventAttributes) -> Projected {
    let details = payload::all(a.details);
    Projected::one(WorkflowCanceled { details })
}

pub(super) fn terminated(a: WorkflowExecutionTerminatedEventAttributes) -> Projected {
    let data = WorkflowTerminated {
        reason: a.reason,
        details: payload::all(a.details),
    };
    Projected::one(data)
}

fn named(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

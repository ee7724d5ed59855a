//! The start and the end of the run.

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

use super::projected::{EventContext, Projected};
use crate::{failure, payload};

pub(super) fn started(
    context: EventContext,
    a: WorkflowExecutionStartedEventAttributes,
) -> Projected {
    let parent = a.parent_workflow_execution.map(|parent| ParentWorkflow {
        workflow_id: parent.workflow_id,
        run_id: parent.run_id,
    });
    Projected::one(WorkflowStarted {
        workflow_type: a.workflow_type.unwrap_or_default().name,
        task_queue: a.task_queue.unwrap_or_default().name,
        input: payload::all(a.input),
        attempt: a.attempt.max(1),
        first_run_id: a.first_execution_run_id,
        continued_from_run_id: named(a.continued_execution_run_id),
        cron_schedule: named(a.cron_schedule),
        parent,
        summary: context.summary,
    })
}

pub(super) fn completed(a: WorkflowExecutionCompletedEventAttributes) -> Projected {
    Projected::one(WorkflowCompleted {
        result: payload::first(a.result),
        new_run_id: named(a.new_execution_run_id),
    })
}

pub(super) fn failed(a: WorkflowExecutionFailedEventAttributes) -> Projected {
    Projected::one(WorkflowFailed {
        failure: failure::expected(a.failure),
        new_run_id: named(a.new_execution_run_id),
    })
}

pub(super) fn timed_out(a: WorkflowExecutionTimedOutEventAttributes) -> Projected {
    Projected::one(WorkflowTimedOut {
        new_run_id: named(a.new_execution_run_id),
    })
}

pub(super) fn continued_as_new(a: WorkflowExecutionContinuedAsNewEventAttributes) -> Projected {
    Projected::one(WorkflowContinuedAsNew {
        new_run_id: a.new_execution_run_id,
        workflow_type: a.workflow_type.unwrap_or_default().name,
        task_queue: a.task_queue.unwrap_or_default().name,
        input: payload::all(a.input),
    })
}

pub(super) fn canceled(a: WorkflowExecutionCanceledEventAttributes) -> Projected {
    let details = payload::all(a.details);
    Projected::one(WorkflowCanceled { details })
}

pub(super) fn terminated(a: WorkflowExecutionTerminatedEventAttributes) -> Projected {
    Projected::one(WorkflowTerminated {
        reason: a.reason,
        details: payload::all(a.details),
    })
}

fn named(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

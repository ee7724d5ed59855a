//! Child workflows, in the history of their parent.

use std::collections::HashMap;

use fast_temporal_protocol::{
    Failure,
    event::{
        ChildCanceled, ChildCompleted, ChildFailed, ChildStarted, ChildTerminated, ChildTimedOut,
    },
};
use temporalio_common::protos::temporal::api::{
    common::v1::{WorkflowExecution, WorkflowType},
    enums::v1::{RetryState, StartChildWorkflowExecutionFailedCause as Cause},
    history::v1::{
        ChildWorkflowExecutionCanceledEventAttributes,
        ChildWorkflowExecutionCompletedEventAttributes,
        ChildWorkflowExecutionFailedEventAttributes, ChildWorkflowExecutionStartedEventAttributes,
        ChildWorkflowExecutionTerminatedEventAttributes,
        ChildWorkflowExecutionTimedOutEventAttributes,
        StartChildWorkflowExecutionFailedEventAttributes,
        StartChildWorkflowExecutionInitiatedEventAttributes,
    },
};

use super::projected::{EventContext, Projected};
use crate::{enum_name::enum_name, failure, payload};

/// The summaries of open children, by the id of their initiated event. Each of their events has their
/// names.
#[derive(Clone, Default)]
pub(super) struct Children(HashMap<i64, String>);

/// The fields that all events of a child have.
struct Child {
    workflow_id: String,
    workflow_type: String,
    run_id: Option<String>,
}

impl Child {
    fn of(execution: Option<WorkflowExecution>, workflow_type: Option<WorkflowType>) -> Self {
        let execution = execution.unwrap_or_default();
        Self {
            workflow_id: execution.workflow_id,
            workflow_type: workflow_type.unwrap_or_default().name,
            run_id: Some(execution.run_id).filter(|id| !id.is_empty()),
        }
    }
}

/// Makes an event of a child: the common fields, its summary, and the given fields.
macro_rules! child {
    ($data:ident, $a:ident, $summary:expr, { $($field:ident: $value:expr),* }) => {{
        let child = Child::of($a.workflow_execution, $a.workflow_type);
        Projected::one($data {
            workflow_id: child.workflow_id,
            workflow_type: child.workflow_type,
            run_id: child.run_id,
            summary: $summary,
            $($field: $value,)*
        })
    }};
}

impl Children {
    pub(super) fn initiated(
        &mut self,
        context: EventContext,
        _: StartChildWorkflowExecutionInitiatedEventAttributes,
    ) -> Projected {
        if let Some(summary) = context.summary {
            self.0.insert(context.event_id, summary);
        }
        Projected::none()
    }

    pub(super) fn not_started(
        &mut self,
        a: StartChildWorkflowExecutionFailedEventAttributes,
    ) -> Projected {
        let cause = enum_name::<Cause>(a.cause).unwrap_or_else(|| "UNSPECIFIED".to_owned());
        Projected::one(ChildFailed {
            workflow_id: a.workflow_id,
            workflow_type: a.workflow_type.unwrap_or_default().name,
            run_id: None,
            failure: Failure {
                message: format!("the child workflow could not be started: {cause}"),
                kind: "child_workflow".to_owned(),
                ..Failure::default()
            },
            retry_state: None,
            summary: self.0.remove(&a.initiated_event_id),
        })
    }

    pub(super) fn started(&mut self, a: ChildWorkflowExecutionStartedEventAttributes) -> Projected {
        let summary = self.0.get(&a.initiated_event_id).cloned();
        child!(ChildStarted, a, summary, {})
    }

    pub(super) fn completed(
        &mut self,
        a: ChildWorkflowExecutionCompletedEventAttributes,
    ) -> Projected {
        let summary = self.0.remove(&a.initiated_event_id);
        child!(ChildCompleted, a, summary, { result: payload::first(a.result) })
    }

    pub(super) fn failed(&mut self, a: ChildWorkflowExecutionFailedEventAttributes) -> Projected {
        let summary = self.0.remove(&a.initiated_event_id);
        child!(ChildFailed, a, summary, {
            failure: failure::expected(a.failure),
            retry_state: enum_name::<RetryState>(a.retry_state)
        })
    }

    pub(super) fn canceled(
        &mut self,
        a: ChildWorkflowExecutionCanceledEventAttributes,
    ) -> Projected {
        let summary = self.0.remove(&a.initiated_event_id);
        child!(ChildCanceled, a, summary, { details: payload::all(a.details) })
    }

    pub(super) fn timed_out(
        &mut self,
        a: ChildWorkflowExecutionTimedOutEventAttributes,
    ) -> Projected {
        let summary = self.0.remove(&a.initiated_event_id);
        child!(ChildTimedOut, a, summary, { retry_state: enum_name::<RetryState>(a.retry_state) })
    }

    pub(super) fn terminated(
        &mut self,
        a: ChildWorkflowExecutionTerminatedEventAttributes,
    ) -> Projected {
        let summary = self.0.remove(&a.initiated_event_id);
        child!(ChildTerminated, a, summary, {})
    }
}

//! The start of a reset run's own history: the events before it are copies of the base run's.

use fast_temporal_protocol::event::WorkflowReset;
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause as Cause,
    history::v1::{WorkflowExecutionStartedEventAttributes, WorkflowTaskFailedEventAttributes},
};

/// Whether the events are still copies.
#[derive(Clone, Default)]
pub(super) struct Fork {
    is_ahead: bool,
}

impl Fork {
    /// A reset copies the first event too, which contains the id of the run that it was written for.
    pub(super) fn started(&mut self, a: &WorkflowExecutionStartedEventAttributes, run_id: &str) {
        let original = &*a.original_execution_run_id;
        self.is_ahead = !original.is_empty() && original != run_id;
    }

    /// Returns whether the last event was a copy, which the base run's feed already has.
    pub(super) fn is_copy(&self) -> bool {
        self.is_ahead
    }

    pub(super) fn pass(&mut self) {
        self.is_ahead = false;
    }

    /// Returns the reset if this event is the one that made this run. The history of a run that was reset
    /// more than once has copies of the earlier resets.
    pub(super) fn reset(
        &mut self,
        event_id: i64,
        a: &WorkflowTaskFailedEventAttributes,
        run_id: &str,
    ) -> Option<WorkflowReset> {
        if a.cause() != Cause::ResetWorkflow || a.new_run_id != run_id {
            return None;
        }
        self.pass();
        let reason = a.failure.as_ref().map(|failure| failure.message.clone());
        Some(WorkflowReset {
            base_run_id: a.base_run_id.clone(),
            // The event replaces the one of the base run that was the reset point.
            fork_event_id: event_id,
            reason: reason.unwrap_or_default(),
        })
    }
}

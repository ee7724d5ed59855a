//! Where the own history of a reset run begins: what lies before the fork is the base run's.

use fast_temporal_protocol::event::WorkflowReset;
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause as Cause,
    history::v1::{WorkflowExecutionStartedEventAttributes, WorkflowTaskFailedEventAttributes},
};

/// Whether events are still those that the reset copied.
#[derive(Clone, Default)]
pub(super) struct Fork {
    ahead: bool,
}

impl Fork {
    /// A reset copies the first event, too, which names the run that it was written for.
    pub(super) fn started(&mut self, a: &WorkflowExecutionStartedEventAttributes, run_id: &str) {
        let original = &*a.original_execution_run_id;
        self.ahead = !original.is_empty() && original != run_id;
    }

    /// Whether the event just seen was copied: the base run's reader has had it.
    pub(super) fn is_copy(&self) -> bool {
        self.ahead
    }

    pub(super) fn pass(&mut self) {
        self.ahead = false;
    }

    /// The reset that made this run, where the event stands for it. The history of a run that was
    /// reset more than once has the earlier ones among what was copied.
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
            // The event stands where the base run had the one that was reset to.
            fork_event_id: event_id,
            reason: reason.unwrap_or_default(),
        })
    }
}

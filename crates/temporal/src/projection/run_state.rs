//! What a projection remembers of a run, as later events only refer to it: names of open activities, the
//! memo so far, the last batch of each publisher. Each kind of history event has its module.

use fast_temporal_core::engine::RunEnd;
use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes as A;

use super::{
    activity::Activities,
    child::Children,
    marker,
    memo::Memo,
    nexus::NexusOperations,
    projected::{EventContext, Projected},
    reset::Fork,
    signal::Publishers,
    task::WorkflowTasks,
    timer::Timers,
    update::Updates,
    workflow,
};

#[derive(Clone, Default)]
pub(super) struct RunState {
    pub(super) fork: Fork,
    pub(super) tasks: WorkflowTasks,
    activities: Activities,
    timers: Timers,
    children: Children,
    nexus: NexusOperations,
    updates: Updates,
    publishers: Publishers,
    memo: Memo,
    pub(super) end: Option<RunEnd>,
}

impl RunState {
    /// Records that the run is closed, and its successor.
    fn close(&mut self, new_run_id: Option<&str>) {
        // A reset copies no closing event, so this event is of this run.
        self.fork.pass();
        self.end = Some(RunEnd {
            successor: new_run_id.filter(|id| !id.is_empty()).map(Into::into),
        });
    }

    /// Applies the run's next history event. The match has no wildcard, so an event that a new version of
    /// the SDK adds is a compile error here.
    pub(super) fn project(
        &mut self,
        run_id: &str,
        context: EventContext,
        attributes: A,
    ) -> Projected {
        let id = context.event_id;
        match attributes {
            A::WorkflowExecutionStartedEventAttributes(mut a) => {
                self.fork.started(&a, run_id);
                self.memo.seed(a.memo.take());
                workflow::started(context, a)
            }
            A::WorkflowExecutionCompletedEventAttributes(a) => {
                self.close(Some(&a.new_execution_run_id));
                workflow::completed(a)
            }
            A::WorkflowExecutionFailedEventAttributes(a) => {
                self.close(Some(&a.new_execution_run_id));
                workflow::failed(a)
            }
            A::WorkflowExecutionTimedOutEventAttributes(a) => {
                self.close(Some(&a.new_execution_run_id));
                workflow::timed_out(a)
            }
            A::WorkflowExecutionContinuedAsNewEventAttributes(a) => {
                self.close(Some(&a.new_execution_run_id));
                workflow::continued_as_new(a)
            }
            A::WorkflowExecutionCanceledEventAttributes(a) => {
                self.close(None);
                workflow::canceled(a)
            }
            A::WorkflowExecutionTerminatedEventAttributes(a) => {
                self.close(None);
                workflow::terminated(a)
            }

            A::WorkflowTaskStartedEventAttributes(_)
            | A::WorkflowTaskTimedOutEventAttributes(_) => self.tasks.started(),
            A::WorkflowTaskCompletedEventAttributes(_) => self.tasks.completed(),
            A::WorkflowTaskFailedEventAttributes(a) => {
                match self.fork.reset(id, &a, run_id) {
                    Some(reset) => self.tasks.reset(reset),
                    None => self.tasks.failed(a),
                }
            }

            A::ActivityTaskScheduledEventAttributes(a) => self.activities.scheduled(context, a),
            A::ActivityTaskStartedEventAttributes(a) => self.activities.started(&a),
            A::ActivityTaskCompletedEventAttributes(a) => self.activities.completed(a),
            A::ActivityTaskFailedEventAttributes(a) => self.activities.failed(a),
            A::ActivityTaskTimedOutEventAttributes(a) => self.activities.timed_out(a),
            A::ActivityTaskCanceledEventAttributes(a) => self.activities.canceled(a),

            A::TimerStartedEventAttributes(a) => self.timers.started(context, a),
            A::TimerFiredEventAttributes(a) => self.timers.fired(a),
            A::TimerCanceledEventAttributes(a) => self.timers.canceled(a),

            A::StartChildWorkflowExecutionInitiatedEventAttributes(a) => {
                self.children.initiated(context, a)
            }
            A::StartChildWorkflowExecutionFailedEventAttributes(a) => self.children.not_started(a),
            A::ChildWorkflowExecutionStartedEventAttributes(a) => self.children.started(a),
            A::ChildWorkflowExecutionCompletedEventAttributes(a) => self.children.completed(a),
            A::ChildWorkflowExecutionFailedEventAttributes(a) => self.children.failed(a),
            A::ChildWorkflowExecutionCanceledEventAttributes(a) => self.children.canceled(a),
            A::ChildWorkflowExecutionTimedOutEventAttributes(a) => self.children.timed_out(a),
            A::ChildWorkflowExecutionTerminatedEventAttributes(a) => self.children.terminated(a),

            A::NexusOperationScheduledEventAttributes(a) => self.nexus.scheduled(context, a),
            A::NexusOperationStartedEventAttributes(a) => self.nexus.started(a),
            A::NexusOperationCompletedEventAttributes(a) => self.nexus.completed(a),
            A::NexusOperationFailedEventAttributes(a) => self.nexus.failed(a),
            A::NexusOperationCanceledEventAttributes(a) => self.nexus.canceled(a),
            A::NexusOperationTimedOutEventAttributes(a) => self.nexus.timed_out(a),

            A::WorkflowExecutionSignaledEventAttributes(a) => {
                self.publishers.signaled(a, run_id)
            }
            A::WorkflowExecutionUpdateAdmittedEventAttributes(a) => self.updates.admitted(a),
            A::WorkflowExecutionUpdateAcceptedEventAttributes(a) => self.updates.accepted(id, a),
            A::WorkflowExecutionUpdateCompletedEventAttributes(a) => self.updates.completed(a),
            A::WorkflowExecutionUpdateRejectedEventAttributes(a) => self.updates.rejected(a),

            A::WorkflowPropertiesModifiedEventAttributes(a) => self.memo.upserted(a.upserted_memo),
            A::WorkflowPropertiesModifiedExternallyEventAttributes(a) => {
                self.memo.upserted(a.upserted_memo)
            }
            A::MarkerRecordedEventAttributes(a) => Projected::maybe(marker::recorded(a)),

            // May be transient: at the tail the server returns those of a failing task under ids that
            // it gives to other events later.
            A::WorkflowTaskScheduledEventAttributes(_)
            // Requests, whose results are events.
            | A::ActivityTaskCancelRequestedEventAttributes(_)
            | A::WorkflowExecutionCancelRequestedEventAttributes(_)
            | A::NexusOperationCancelRequestedEventAttributes(_)
            | A::NexusOperationCancelRequestCompletedEventAttributes(_)
            | A::NexusOperationCancelRequestFailedEventAttributes(_)
            // Effects on other workflows.
            | A::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(_)
            | A::RequestCancelExternalWorkflowExecutionFailedEventAttributes(_)
            | A::ExternalWorkflowExecutionCancelRequestedEventAttributes(_)
            | A::SignalExternalWorkflowExecutionInitiatedEventAttributes(_)
            | A::SignalExternalWorkflowExecutionFailedEventAttributes(_)
            | A::ExternalWorkflowExecutionSignaledEventAttributes(_)
            // Settings of the run, and how it is found.
            | A::UpsertWorkflowSearchAttributesEventAttributes(_)
            | A::ActivityPropertiesModifiedExternallyEventAttributes(_)
            | A::WorkflowExecutionOptionsUpdatedEventAttributes(_)
            | A::WorkflowExecutionPausedEventAttributes(_)
            | A::WorkflowExecutionUnpausedEventAttributes(_)
            | A::WorkflowExecutionTimeSkippingTransitionedEventAttributes(_) => Projected::none(),
        }
    }
}

//! What a workflow does with its stream, through its context.

use std::time::SystemTime;

use temporalio_common::{
    data_converters::{PayloadConversionError, TemporalSerializable},
    protos::temporal::api::common::v1::Payload,
};
use temporalio_sdk::{
    SyncWorkflowContext, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext,
};

use super::{handler::HasStream, host::TruncateError, wire::State};
use crate::payload;

/// The stream of the workflow whose context this is.
pub trait StreamExt {
    /// Publishes a value. Readers that wait for its topic get it with the end of this workflow
    /// task. Fails where the value can't be written by the worker's payload converter.
    fn publish<T: TemporalSerializable + 'static>(
        &self,
        topic: &str,
        value: &T,
    ) -> Result<(), PayloadConversionError>;

    /// Publishes a payload as it is.
    fn publish_payload(&self, topic: &str, payload: Payload);

    /// Forgets the items before an offset. Readers that are not that far are told.
    fn truncate_stream(&self, up_to: u64) -> Result<(), TruncateError>;

    /// The offset of the next item.
    fn stream_offset(&self) -> u64;

    /// The first half of continue-as-new: lets the readers go, waits until all handlers have
    /// finished, and gives the stream's state for the next run's argument, from which that makes
    /// its host ([`Host::from_state`](super::Host::from_state)). Of the items the newest go along, up
    /// to 1 MiB of them as JSON, as Temporal takes 2 MB for an argument; the worker's log warns where
    /// others are left out, and readers that have not read those are told. Call it from `run`, not
    /// from a handler, which it would wait for.
    fn drain_stream(&self) -> impl Future<Output = State>;
}

impl<W: HasStream> StreamExt for WorkflowContext<W> {
    fn publish<T: TemporalSerializable + 'static>(
        &self,
        topic: &str,
        value: &T,
    ) -> Result<(), PayloadConversionError> {
        let payload = payload::encode_one(value, self.payload_converter())?;
        self.publish_payload(topic, payload);
        Ok(())
    }

    fn publish_payload(&self, topic: &str, payload: Payload) {
        self.state_mut(|workflow| workflow.stream_mut().publish(topic, payload));
    }

    fn truncate_stream(&self, up_to: u64) -> Result<(), TruncateError> {
        self.state_mut(|workflow| workflow.stream_mut().truncate(up_to))
    }

    fn stream_offset(&self) -> u64 {
        self.state(|workflow| workflow.stream().offset())
    }

    async fn drain_stream(&self) -> State {
        self.state_mut(|workflow| workflow.stream_mut().start_draining());
        let detached = WaitConditionOptions::builder()
            .cancellation_token(WorkflowCancellationToken::new())
            .build();
        let all = self.clone();
        let finished = self.wait_condition_with_options(|_| all.all_handlers_finished(), detached);
        finished.await.expect("nobody has the token to cancel this");
        let now = self.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH);
        let (state, base) = self.state(|workflow| {
            let stream = workflow.stream();
            (stream.to_state(now), stream.base_offset())
        });
        let left_out = state.base_offset - base;
        if left_out > 0 && !self.is_replaying() {
            let (workflow_id, run_id) = (self.workflow_id(), self.run_id());
            tracing::warn!(
                workflow_id,
                run_id,
                left_out,
                "the next run gets the newest items of the stream only: truncate it before"
            );
        }
        state
    }
}

/// A value as the payload that a synchronous handler publishes:
/// `self.stream_mut().publish("status", stream::payload(ctx, &value)?)`.
pub fn payload<W, T: TemporalSerializable + 'static>(
    ctx: &SyncWorkflowContext<W>,
    value: &T,
) -> Result<Payload, PayloadConversionError> {
    payload::encode_one(value, ctx.payload_converter())
}

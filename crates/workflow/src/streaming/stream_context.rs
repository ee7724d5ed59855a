//! The stream's methods on a workflow's context.

use std::time::SystemTime;

use temporalio_common::{
    data_converters::{PayloadConversionError, TemporalSerializable},
    protos::temporal::api::common::v1::Payload,
};
use temporalio_sdk::{
    SyncWorkflowContext, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext,
};

use super::{handler::HasStream, wire::WorkflowStreamState, workflow_stream::TruncateError};
use crate::payload;

/// The stream's methods on a workflow's context.
pub trait StreamContext {
    /// Publishes a value. Subscribers of the topic receive it when the current workflow task
    /// completes. Fails if the worker's payload converter can't encode the value.
    fn publish<T: TemporalSerializable + 'static>(
        &self,
        topic: &str,
        value: &T,
    ) -> Result<(), PayloadConversionError>;

    /// Publishes a payload unchanged.
    fn publish_payload(&self, topic: &str, payload: Payload);

    /// Discards the items before an offset. Subscribers that have not read them learn of the gap.
    fn truncate_stream(&self, up_to: u64) -> Result<(), TruncateError>;

    /// Returns the offset of the next item.
    fn stream_offset(&self) -> u64;

    /// Prepares the stream for continue-as-new: ends the waiting polls, waits until all handlers
    /// have finished, and returns the state for the next run's input, from which that run restores
    /// the stream ([`WorkflowStream::from_state`](crate::stream::WorkflowStream::from_state)).
    ///
    /// The state contains the newest items, up to 1 MiB as JSON, because Temporal limits an input
    /// to 2 MB. If older items are left out, the worker logs a warning, and subscribers that have
    /// not read them learn of the gap.
    ///
    /// Call it from `run`. A handler that calls it waits for itself.
    fn drain_stream(&self) -> impl Future<Output = WorkflowStreamState>;
}

impl<W: HasStream> StreamContext for WorkflowContext<W> {
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

    async fn drain_stream(&self) -> WorkflowStreamState {
        self.state_mut(|workflow| workflow.stream_mut().start_draining());
        let detached = WaitConditionOptions::builder()
            .cancellation_token(WorkflowCancellationToken::new())
            .build();
        let handlers = self.clone();
        let finished =
            self.wait_condition_with_options(|_| handlers.all_handlers_finished(), detached);
        finished
            .await
            .expect("the token is local, so nothing cancels it");
        let now = self.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH);
        let (state, base) = self.state(|workflow| {
            let stream = workflow.stream();
            (stream.to_state(now), stream.base_offset())
        });
        let dropped_items = state.base_offset - base;
        if dropped_items > 0 && !self.is_replaying() {
            let (workflow_id, run_id) = (self.workflow_id(), self.run_id());
            tracing::warn!(
                workflow_id,
                run_id,
                dropped_items,
                "dropped stream items on continue-as-new: truncate the stream earlier"
            );
        }
        state
    }
}

/// Encodes a value as the payload that a synchronous handler publishes:
/// `self.stream_mut().publish("status", stream::payload(ctx, &value)?)`.
pub fn payload<W, T: TemporalSerializable + 'static>(
    ctx: &SyncWorkflowContext<W>,
    value: &T,
) -> Result<Payload, PayloadConversionError> {
    payload::encode_one(value, ctx.payload_converter())
}

//! The bodies of a stream's handlers: one signal, one update with its validator, two queries.
//!
//! `#[workflow_methods]` writes handlers that call them. A workflow without a base has a field of
//! type [`WorkflowStream`], implements [`HasStream`], and declares the handlers itself under the
//! names [`PUBLISH`](crate::stream::PUBLISH), [`POLL`](crate::stream::POLL) and [`OFFSET`](crate::stream::OFFSET).
//!
//! Subscribers depend on the failure types `TruncatedOffset` and `StreamDraining`, which the SDK
//! alone drops from handler errors. So the worker's client needs a failure converter that preserves
//! them: [`data_converter`](crate::data_converter).

use std::time::SystemTime;

use temporalio_common::{
    data_converters::{PayloadConversionError, RawValue},
    error::ApplicationFailure,
};
use temporalio_sdk::{
    SyncWorkflowContext, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext,
};

use super::{
    wire::{PollInput, PollResult, PublishInput},
    workflow_stream::{PollError, Received, WorkflowStream},
};
use crate::payload;

/// The error type of the SDK's handlers.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// A workflow with a stream.
pub trait HasStream {
    /// Returns the stream.
    fn stream(&self) -> &WorkflowStream;
    /// Returns the stream for changes.
    fn stream_mut(&mut self) -> &mut WorkflowStream;

    /// Records a dropped batch, or dropped items of a batch, which the worker's log already
    /// reports. A workflow with a base lists them with its dropped signals.
    fn record_dropped(&mut self, error: String) {
        drop(error);
    }
}

/// The body of the signal [`PUBLISH`](crate::stream::PUBLISH). It accepts any arguments, because a typed
/// argument that does not decode would fail the workflow task forever. It drops a batch that does
/// not decode, logs a warning, and calls [`HasStream::record_dropped`].
pub fn receive<W: HasStream>(
    workflow: &mut W,
    ctx: &SyncWorkflowContext<W>,
    batch: RawValue,
) -> Received {
    let now = ctx.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH);
    let batch: Result<PublishInput, PayloadConversionError> =
        payload::decode(batch, ctx.payload_converter());
    let received = match batch {
        Ok(batch) => workflow.stream_mut().receive(batch, now),
        Err(error) => {
            let error = format!("invalid batch of stream items: {error}");
            report_dropped(workflow, ctx, &error);
            return Received::default();
        }
    };
    if received.malformed > 0 {
        let error = format!("invalid payloads of stream items: {}", received.malformed);
        report_dropped(workflow, ctx, &error);
    }
    received
}

fn report_dropped<W: HasStream>(workflow: &mut W, ctx: &SyncWorkflowContext<W>, error: &str) {
    // The error can quote the whole input.
    let error = payload::shorten(error);
    if !ctx.is_replaying() {
        let (workflow_id, run_id) = (ctx.workflow_id(), ctx.run_id());
        tracing::warn!(workflow_id, run_id, error, "dropped published stream items");
    }
    workflow.record_dropped(error);
}

/// The body of the update [`POLL`](crate::stream::POLL): waits until the stream has an item of the
/// requested topics, or until the stream drains. A cancellation of the workflow does not end the
/// wait, because the workflow can still publish while it handles the cancellation.
pub async fn poll<W: HasStream>(
    ctx: &WorkflowContext<W>,
    input: PollInput,
) -> Result<PollResult, HandlerError> {
    let detached = WaitConditionOptions::builder()
        .cancellation_token(WorkflowCancellationToken::new())
        .build();
    let mut checked_up_to = 0;
    let is_ready = |workflow: &W| workflow.stream().is_ready(&input, &mut checked_up_to);
    ctx.wait_condition_with_options(is_ready, detached).await?;
    ctx.state(|workflow| workflow.stream().read(&input))
        .map_err(failure)
}

/// The validator of the update [`POLL`](crate::stream::POLL): rejects polls while the stream drains. A
/// rejected update adds no events to history.
pub fn validate_poll<W: HasStream>(workflow: &W, _input: &PollInput) -> Result<(), HandlerError> {
    if workflow.stream().is_draining() {
        return Err(failure(PollError::Draining));
    }
    Ok(())
}

/// The body of the query [`POLL`](crate::stream::POLL): returns the available items without waiting.
pub fn read<W: HasStream>(workflow: &W, input: &PollInput) -> PollResult {
    workflow.stream().read_available(input)
}

/// The body of the query [`OFFSET`](crate::stream::OFFSET): returns the offset of the next item.
pub fn offset<W: HasStream>(workflow: &W) -> u64 {
    workflow.stream().offset()
}

fn failure(error: PollError) -> HandlerError {
    Box::new(ApplicationFailure::from(error))
}

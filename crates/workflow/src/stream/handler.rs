//! The bodies of a stream's handlers: one signal, one update with its validator, two queries. The
//! attribute of a workflow's methods writes handlers that call them. A workflow without it has a
//! [`Host`], says so by [`HasStream`], and writes such handlers itself, by the names
//! [`PUBLISH`](super::PUBLISH), [`POLL`](super::POLL) and [`OFFSET`](super::OFFSET).
//!
//! The types of failures (`TruncatedOffset`, `StreamDraining`) are what readers go by, and the SDK
//! loses them on the way out of a handler. So the worker's client needs a failure converter that
//! keeps them: [`data_converter`](crate::data_converter).

use std::time::SystemTime;

use temporalio_common::{
    data_converters::{PayloadConversionError, RawValue},
    error::ApplicationFailure,
};
use temporalio_sdk::{
    SyncWorkflowContext, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext,
};

use super::{
    host::{Host, PollError, Received},
    wire::{PollAnswer, PollInput, PublishInput},
};
use crate::{payload, report::brief};

/// What the SDK's handlers fail with.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// A workflow that holds a stream.
pub trait HasStream {
    /// The stream.
    fn stream(&self) -> &Host;
    /// The stream, to be changed.
    fn stream_mut(&mut self) -> &mut Host;

    /// Takes note of a batch that was dropped, or of items of one. The worker's log has told of it.
    /// A workflow with a base lists it with the signals that it dropped.
    fn note_dropped(&mut self, error: String) {
        drop(error);
    }
}

/// The body of the signal [`PUBLISH`](super::PUBLISH). It takes any arguments: with a typed one, a
/// batch that does not decode would fail the workflow's task again and again. Such a batch is
/// dropped; the worker's log says so, and [`HasStream::note_dropped`] is told.
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
            let error = format!("no batch of stream items: {error}");
            dropped(workflow, ctx, &error);
            return Received::default();
        }
    };
    if received.malformed > 0 {
        let error = format!("stream items that are no payloads: {}", received.malformed);
        dropped(workflow, ctx, &error);
    }
    received
}

fn dropped<W: HasStream>(workflow: &mut W, ctx: &SyncWorkflowContext<W>, error: &str) {
    // It may quote all that came.
    let error = brief(error);
    if !ctx.is_replaying() {
        let (workflow_id, run_id) = (ctx.workflow_id(), ctx.run_id());
        tracing::warn!(workflow_id, run_id, error, "dropped what was published");
    }
    workflow.note_dropped(error);
}

/// The body of the update [`POLL`](super::POLL): waits until there is an item of the topics that it
/// asks for, or until the stream drains. It goes on waiting while the workflow is being cancelled,
/// as that may have something to say, too.
pub async fn poll<W: HasStream>(
    ctx: &WorkflowContext<W>,
    input: PollInput,
) -> Result<PollAnswer, HandlerError> {
    let detached = WaitConditionOptions::builder()
        .cancellation_token(WorkflowCancellationToken::new())
        .build();
    let mut looked = 0;
    let is_ready = |workflow: &W| workflow.stream().is_ready(&input, &mut looked);
    ctx.wait_condition_with_options(is_ready, detached).await?;
    ctx.state(|workflow| workflow.stream().read(&input))
        .map_err(failure)
}

/// The validator of the update [`POLL`](super::POLL): refuses it while the stream drains, which
/// leaves nothing in history.
pub fn validate_poll<W: HasStream>(workflow: &W, _input: &PollInput) -> Result<(), HandlerError> {
    if workflow.stream().is_draining() {
        return Err(failure(PollError::Draining));
    }
    Ok(())
}

/// The body of the query [`POLL`](super::POLL): what is there, at once.
pub fn read<W: HasStream>(workflow: &W, input: &PollInput) -> PollAnswer {
    workflow.stream().read_held(input)
}

/// The body of the query [`OFFSET`](super::OFFSET).
pub fn offset<W: HasStream>(workflow: &W) -> u64 {
    workflow.stream().offset()
}

fn failure(error: PollError) -> HandlerError {
    Box::new(ApplicationFailure::from(error))
}

//! Starts workflows.
//!
//! A start with a request id is idempotent: a repeated one starts nothing, sends nothing, and returns
//! the run of the first one. Temporal recognizes repeated requests differently for a plain start, one
//! with a signal and one with an update, so each needs its own measures.

mod idempotency;
mod request;
mod with_signal;
mod with_update;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartOutcome, StartWorkflow},
};
use fast_temporal_protocol::v1::IdConflictPolicy;
use temporalio_common::protos::temporal::api::enums::v1::WorkflowExecutionStatus;

use self::request::start_request;
use super::describe::status;
use crate::rpc::Rpc;

/// Starts a workflow, together with its signal or update if it has one.
pub(super) async fn start(rpc: &Rpc, start: StartWorkflow) -> Result<StartOutcome, EngineError> {
    let outcome = match (&start.signal, &start.update) {
        (None, None) => Box::pin(start_alone(rpc, &start)).await,
        (Some((name, args)), None) => Box::pin(with_signal::start(rpc, &start, name, args)).await,
        (None, Some(update)) => Box::pin(with_update::start(rpc, &start, update)).await,
        (Some(_), Some(_)) => Err(EngineError::new(
            EngineErrorKind::Invalid,
            "a start has a signal or an update, not both",
        )),
    }?;
    tracing::debug!(
        workflow_id = %start.workflow_id,
        run_id = %outcome.run_id,
        workflow_type = start.workflow_type,
        existing = outcome.existing,
        "started workflow",
    );
    Ok(outcome)
}

async fn start_alone(rpc: &Rpc, start: &StartWorkflow) -> Result<StartOutcome, EngineError> {
    if let Some(run_id) = idempotency::earlier_start(rpc, start).await? {
        return Ok(StartOutcome::existing(run_id));
    }
    let mut request = start_request(rpc, start)?;
    rpc.codec.encode(&mut request).await?;
    let outcome = rpc
        .call(request, async |mut service, request| {
            service.start_workflow_execution(request).await
        })
        .await;
    match outcome {
        Ok(response) => {
            let was_running = start.conflict == IdConflictPolicy::UseExisting && !response.started;
            // Servers before 1.26 leave out the status.
            let was_closed = response.status() != WorkflowExecutionStatus::Unspecified
                && status(response.status()).is_closed();
            Ok(StartOutcome {
                existing: was_running || was_closed,
                ..StartOutcome::new(response.run_id.into())
            })
        }
        Err(error) => idempotency::resolve_error(rpc, start, error).await,
    }
}

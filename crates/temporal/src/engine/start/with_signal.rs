//! Starts with a signal.

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartOutcome, StartWorkflow},
};
use fast_temporal_protocol::{Json, v1::IdConflictPolicy};
use temporalio_common::protos::temporal::api::enums::v1::WorkflowIdConflictPolicy;

use super::{
    idempotency,
    request::{start_request, with_signal},
};
use crate::rpc::Rpc;

/// Starts a workflow with a signal.
///
/// Temporal deduplicates the signal of a repeated request only within one run, and has no policy that
/// rejects a running workflow: that workflow receives the signal. If either matters, the existing
/// workflow is therefore looked up first. Of two concurrent starts, Temporal's response and the request
/// id that the run stores tell which one came first. The other one is rejected. If it belongs to another
/// request, its signal has reached the workflow by then: Temporal can't check and signal at once.
pub(super) async fn start(
    rpc: &Rpc,
    start: &StartWorkflow,
    signal_name: &str,
    signal_args: &[Json],
) -> Result<StartOutcome, EngineError> {
    let rejects_running = start.conflict == IdConflictPolicy::Fail;
    if rejects_running || start.request_id.is_some() {
        let found = idempotency::look_up(rpc, start).await?;
        if let Some(run_id) = found.started_by_request {
            return Ok(StartOutcome::existing(run_id));
        }
        if rejects_running && found.is_running {
            return Err(already_started(start));
        }
    }
    let request = start_request(rpc, start)?;
    let mut request = with_signal(request, signal_name, signal_args);
    if rejects_running {
        request.workflow_id_conflict_policy = WorkflowIdConflictPolicy::UseExisting.into();
    }
    rpc.codec.encode(&mut request).await?;
    let outcome = rpc
        .call(request, async |mut service, request| {
            service.signal_with_start_workflow_execution(request).await
        })
        .await;
    match outcome {
        Ok(response) if response.started => Ok(StartOutcome::new(response.run_id.into())),
        Ok(response) if !rejects_running => Ok(StartOutcome::existing(response.run_id.into())),
        // It was started since the lookup.
        Ok(_) => {
            let found = idempotency::look_up(rpc, start).await?;
            let run_id = found
                .started_by_request
                .ok_or_else(|| already_started(start))?;
            Ok(StartOutcome::existing(run_id))
        }
        Err(error) => idempotency::resolve_error(rpc, start, error).await,
    }
}

fn already_started(start: &StartWorkflow) -> EngineError {
    EngineError::new(
        EngineErrorKind::AlreadyStarted,
        format!("workflow {} is already running", start.workflow_id),
    )
}

//! Signals, cancellations and terminations.

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{CloseWorkflow, RunStatus, SignalWorkflow},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    RequestCancelWorkflowExecutionRequest, SignalWorkflowExecutionRequest,
    TerminateWorkflowExecutionRequest,
};
use uuid::Uuid;

use super::describe::describe;
use crate::{
    payload,
    rpc::{Rpc, execution},
};

/// Sends a signal. Temporal has stored it when it answers; the workflow handles it later.
pub(super) async fn signal(rpc: &Rpc, signal: SignalWorkflow) -> Result<(), EngineError> {
    let mut request = SignalWorkflowExecutionRequest {
        namespace: rpc.namespace(),
        workflow_execution: Some(execution(&signal.workflow_id, signal.run_id.as_deref())),
        signal_name: signal.name,
        input: payload::from_args(&signal.args),
        identity: rpc.identity.clone(),
        request_id: request_id(signal.request_id),
        ..Default::default()
    };
    rpc.codec.encode(&mut request).await?;
    rpc.call(request, async |mut service, request| {
        service.signal_workflow_execution(request).await
    })
    .await?;
    Ok(())
}

/// Requests the cancellation of a workflow. Temporal reports no error for a closed workflow, so the
/// workflow is described first. One that closes in between counts as open. Repeating the request has
/// no effect.
pub(super) async fn cancel(rpc: &Rpc, cancel: CloseWorkflow) -> Result<(), EngineError> {
    let run_id = cancel.run_id.as_deref();
    let described = describe(rpc, &cancel.workflow_id, run_id).await?;
    if described.status == RunStatus::Closed {
        return Err(EngineError::new(
            EngineErrorKind::Closed,
            "workflow execution already completed",
        ));
    }
    let request = RequestCancelWorkflowExecutionRequest {
        namespace: rpc.namespace(),
        workflow_execution: Some(execution(&cancel.workflow_id, run_id)),
        identity: rpc.identity.clone(),
        request_id: request_id(cancel.request_id),
        reason: cancel.reason,
        ..Default::default()
    };
    let outcome = rpc
        .call(request, async |mut service, request| {
            service.request_cancel_workflow_execution(request).await
        })
        .await;
    match outcome {
        Ok(_) => Ok(()),
        Err(error) if error.has_detail("CancellationAlreadyRequestedFailure") => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Terminates a workflow. Its worker has no part in that.
pub(super) async fn terminate(rpc: &Rpc, terminate: CloseWorkflow) -> Result<(), EngineError> {
    let request = TerminateWorkflowExecutionRequest {
        namespace: rpc.namespace(),
        workflow_execution: Some(execution(
            &terminate.workflow_id,
            terminate.run_id.as_deref(),
        )),
        reason: terminate.reason,
        identity: rpc.identity.clone(),
        ..Default::default()
    };
    rpc.call(request, async |mut service, request| {
        service.terminate_workflow_execution(request).await
    })
    .await?;
    Ok(())
}

fn request_id(request_id: Option<String>) -> String {
    request_id.unwrap_or_else(|| Uuid::new_v4().to_string())
}

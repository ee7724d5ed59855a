//! Asks workflows to cancel themselves.

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{CloseWorkflow, RunStatus},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::RequestCancelWorkflowExecutionRequest;
use uuid::Uuid;

use super::{describe::describe, execution};
use crate::rpc::Rpc;

/// Asks a workflow to cancel itself. Temporal says nothing where the workflow is over, so that is
/// looked at first. One that ends in between was as good as over. One that was asked before need
/// not be asked again.
pub(super) async fn cancel(rpc: &Rpc, end: CloseWorkflow) -> Result<(), EngineError> {
    let run_id = end.run_id.as_deref();
    let described = describe(rpc, &end.workflow_id, run_id).await?;
    if described.status == RunStatus::Closed {
        return Err(EngineError::new(
            EngineErrorKind::Closed,
            "workflow execution already completed",
        ));
    }
    let request = RequestCancelWorkflowExecutionRequest {
        namespace: rpc.namespace.as_ref().into(),
        workflow_execution: Some(execution(&end.workflow_id, run_id)),
        identity: rpc.identity.clone(),
        request_id: end.request_id.unwrap_or_else(|| Uuid::new_v4().to_string()),
        reason: end.reason,
        ..Default::default()
    };
    let outcome = rpc
        .attempt(
            rpc.request_timeout,
            request,
            |mut service, request| async move {
                service.request_cancel_workflow_execution(request).await
            },
        )
        .await;
    match outcome {
        Ok(_) => Ok(()),
        Err(failed) if failed.has_detail("CancellationAlreadyRequestedFailure") => Ok(()),
        Err(failed) => Err(failed.into()),
    }
}

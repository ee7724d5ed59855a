//! Ends workflows.

use fast_temporal_core::{EngineError, engine::CloseWorkflow};
use temporalio_common::protos::temporal::api::workflowservice::v1::TerminateWorkflowExecutionRequest;

use super::execution;
use crate::rpc::Rpc;

/// Ends a workflow at once. Its worker is not asked.
pub(super) async fn terminate(rpc: &Rpc, end: CloseWorkflow) -> Result<(), EngineError> {
    let request = TerminateWorkflowExecutionRequest {
        namespace: rpc.namespace.as_ref().into(),
        workflow_execution: Some(execution(&end.workflow_id, end.run_id.as_deref())),
        reason: end.reason,
        identity: rpc.identity.clone(),
        ..Default::default()
    };
    rpc.call(
        rpc.request_timeout,
        request,
        |mut service, request| async move { service.terminate_workflow_execution(request).await },
    )
    .await
    .map(drop)
}

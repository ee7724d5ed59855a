//! Sends signals.

use fast_temporal_core::{EngineError, engine::SignalWorkflow};
use temporalio_common::protos::temporal::api::workflowservice::v1::SignalWorkflowExecutionRequest;
use uuid::Uuid;

use super::{argument::payloads, execution};
use crate::rpc::Rpc;

/// Sends a signal. Temporal has it when it answers; the workflow has it later.
pub(super) async fn signal(rpc: &Rpc, signal: SignalWorkflow) -> Result<(), EngineError> {
    let mut request = SignalWorkflowExecutionRequest {
        namespace: rpc.namespace.as_ref().into(),
        workflow_execution: Some(execution(&signal.workflow_id, signal.run_id.as_deref())),
        signal_name: signal.name,
        input: payloads(&signal.args),
        identity: rpc.identity.clone(),
        request_id: signal
            .request_id
            .unwrap_or_else(|| Uuid::new_v4().to_string()),
        ..Default::default()
    };
    rpc.codec.encode(&mut request).await?;
    rpc.call(
        rpc.request_timeout,
        request,
        |mut service, request| async move { service.signal_workflow_execution(request).await },
    )
    .await
    .map(drop)
}

//! Describes runs.

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{RunStatus, WorkflowDescription},
};
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution, enums::v1::WorkflowExecutionStatus,
    workflowservice::v1::DescribeWorkflowExecutionRequest,
};

use super::predecessor::started_event;
use crate::rpc::Rpc;

/// Describes one run, or the current one.
pub(super) async fn describe(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: Option<&str>,
) -> Result<WorkflowDescription, EngineError> {
    let request = DescribeWorkflowExecutionRequest {
        namespace: rpc.namespace.as_ref().into(),
        execution: Some(WorkflowExecution {
            workflow_id: workflow_id.into(),
            run_id: run_id.unwrap_or_default().into(),
        }),
    };
    let response = rpc
        .call(rpc.request_timeout, request, |mut service, request| async move {
            service.describe_workflow_execution(request).await
        })
        .await?;
    let unclear = || {
        EngineError::new(
            EngineErrorKind::Internal,
            "Temporal described a run without naming it",
        )
    };
    let info = response.workflow_execution_info.ok_or_else(unclear)?;
    let status = match info.status() {
        WorkflowExecutionStatus::Running | WorkflowExecutionStatus::Paused => RunStatus::Running,
        _ => RunStatus::Closed,
    };
    let run_id = info.execution.ok_or_else(unclear)?.run_id;
    // Servers before 1.27 do not say it here.
    let first_run_id = if info.first_run_id.is_empty() {
        started_event(rpc, workflow_id, &run_id)
            .await?
            .first_execution_run_id
    } else {
        info.first_run_id
    };
    Ok(WorkflowDescription {
        first_run_id: if first_run_id.is_empty() {
            run_id.as_str().into()
        } else {
            first_run_id.into()
        },
        run_id: run_id.into(),
        status,
        workflow_type: info
            .r#type
            .map(|workflow_type| workflow_type.name)
            .unwrap_or_default(),
    })
}

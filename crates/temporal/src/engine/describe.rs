//! Describes runs.

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{RunStatus, WorkflowDescription},
};
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowExecutionStatus,
    workflow::v1::WorkflowExecutionInfo,
    workflowservice::v1::{DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse},
};

use super::{execution, list::time, predecessor::started_event};
use crate::rpc::Rpc;

/// Describes one run, or the current one.
pub(super) async fn describe(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: Option<&str>,
) -> Result<WorkflowDescription, EngineError> {
    let response = ask(rpc, workflow_id, run_id).await?;
    let info = response.workflow_execution_info.unwrap_or_default();
    let extended = response.workflow_extended_info.unwrap_or_default();
    let status = match info.status() {
        WorkflowExecutionStatus::Running | WorkflowExecutionStatus::Paused => RunStatus::Running,
        _ => RunStatus::Closed,
    };
    let start_time = info.start_time.and_then(|t| time(t.seconds, t.nanos));
    Ok(WorkflowDescription {
        first_run_id: first_run_id(rpc, workflow_id, &info).await?.into(),
        run_id: run_id_of(&info).into(),
        status,
        start_time: start_time.ok_or_else(|| {
            let why = "Temporal described a run without saying when it began";
            EngineError::new(EngineErrorKind::Internal, why)
        })?,
        close_time: info.close_time.and_then(|t| time(t.seconds, t.nanos)),
        reset_run_id: Some(extended.reset_run_id)
            .filter(|run_id| !run_id.is_empty())
            .map(Into::into),
        workflow_type: info
            .r#type
            .map(|workflow_type| workflow_type.name)
            .unwrap_or_default(),
    })
}

/// Asks Temporal to describe one run, or the current one. The answer names the run.
pub(super) async fn ask(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: Option<&str>,
) -> Result<DescribeWorkflowExecutionResponse, EngineError> {
    let request = DescribeWorkflowExecutionRequest {
        namespace: rpc.namespace.as_ref().into(),
        execution: Some(execution(workflow_id, run_id)),
    };
    let response = rpc
        .call(
            rpc.request_timeout,
            request,
            |mut service, request| async move { service.describe_workflow_execution(request).await },
        )
        .await?;
    let info = response.workflow_execution_info.as_ref();
    if info.is_none_or(|info| run_id_of(info).is_empty()) {
        return Err(EngineError::new(
            EngineErrorKind::Internal,
            "Temporal described a run without naming it",
        ));
    }
    Ok(response)
}

/// The first run of the chain that a run belongs to.
pub(super) async fn first_run_id(
    rpc: &Rpc,
    workflow_id: &str,
    info: &WorkflowExecutionInfo,
) -> Result<String, EngineError> {
    if !info.first_run_id.is_empty() {
        return Ok(info.first_run_id.clone());
    }
    // Servers before 1.27 do not say it here.
    let run_id = run_id_of(info);
    let started = started_event(rpc, workflow_id, run_id).await?;
    Ok(if started.first_execution_run_id.is_empty() {
        run_id.to_owned()
    } else {
        started.first_execution_run_id
    })
}

fn run_id_of(info: &WorkflowExecutionInfo) -> &str {
    info.execution
        .as_ref()
        .map_or("", |execution| &execution.run_id)
}

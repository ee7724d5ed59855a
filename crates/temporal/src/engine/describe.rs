//! Describes runs.

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{RunStatus, WorkflowDescription},
};
use fast_temporal_protocol::v1::WorkflowStatus;
use jiff::Timestamp;
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowExecutionStatus,
    workflow::v1::WorkflowExecutionInfo,
    workflowservice::v1::{DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse},
};

use super::predecessor::started_event;
use crate::rpc::{Rpc, execution};

/// Describes one run, or the current one.
pub(super) async fn describe(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: Option<&str>,
) -> Result<WorkflowDescription, EngineError> {
    let response = describe_run(rpc, workflow_id, run_id).await?;
    let info = response.workflow_execution_info.unwrap_or_default();
    let extended = response.workflow_extended_info.unwrap_or_default();
    let status = if status(info.status()).is_closed() {
        RunStatus::Closed
    } else {
        RunStatus::Running
    };
    Ok(WorkflowDescription {
        first_run_id: first_run_id(rpc, workflow_id, &info).await?.into(),
        run_id: run_id_of(&info).into(),
        status,
        start_time: start_time(&info)?,
        close_time: info.close_time.and_then(|t| timestamp(t.seconds, t.nanos)),
        reset_run_id: Some(extended.reset_run_id)
            .filter(|run_id| !run_id.is_empty())
            .map(Into::into),
        workflow_type: info.r#type.unwrap_or_default().name,
    })
}

/// Requests the description of one run, or of the current one. The response names the run and when it
/// started.
pub(super) async fn describe_run(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: Option<&str>,
) -> Result<DescribeWorkflowExecutionResponse, EngineError> {
    let request = DescribeWorkflowExecutionRequest {
        namespace: rpc.namespace(),
        execution: Some(execution(workflow_id, run_id)),
    };
    let response = rpc
        .call(request, async |mut service, request| {
            service.describe_workflow_execution(request).await
        })
        .await?;
    let info = response.workflow_execution_info.as_ref();
    if info.is_none_or(|info| run_id_of(info).is_empty()) {
        return Err(EngineError::new(
            EngineErrorKind::Internal,
            "Temporal described a run without its run id",
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
    // Servers before 1.27 leave it out here.
    let run_id = run_id_of(info);
    let started = started_event(rpc, workflow_id, run_id).await?;
    Ok(if started.first_execution_run_id.is_empty() {
        run_id.to_owned()
    } else {
        started.first_execution_run_id
    })
}

/// Returns when a run started.
pub(super) fn start_time(info: &WorkflowExecutionInfo) -> Result<Timestamp, EngineError> {
    let started = info.start_time.and_then(|t| timestamp(t.seconds, t.nanos));
    started.ok_or_else(|| {
        let why = "Temporal described a run without its start time";
        EngineError::new(EngineErrorKind::Internal, why)
    })
}

/// Converts a protobuf timestamp by its fields: the name of its type depends on the SDK's features.
pub(super) fn timestamp(seconds: i64, nanos: i32) -> Option<Timestamp> {
    Timestamp::new(seconds, nanos).ok()
}

/// Returns a run's status. One without a status has not been closed.
pub(super) fn status(status: WorkflowExecutionStatus) -> WorkflowStatus {
    use WorkflowExecutionStatus as Status;
    match status {
        Status::Unspecified | Status::Running => WorkflowStatus::Running,
        Status::Completed => WorkflowStatus::Completed,
        Status::Failed => WorkflowStatus::Failed,
        Status::Canceled => WorkflowStatus::Canceled,
        Status::Terminated => WorkflowStatus::Terminated,
        Status::ContinuedAsNew => WorkflowStatus::ContinuedAsNew,
        Status::TimedOut => WorkflowStatus::TimedOut,
        Status::Paused => WorkflowStatus::Paused,
    }
}

fn run_id_of(info: &WorkflowExecutionInfo) -> &str {
    info.execution
        .as_ref()
        .map_or("", |execution| &execution.run_id)
}

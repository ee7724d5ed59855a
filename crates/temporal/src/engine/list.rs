//! Reads visibility.

use fast_temporal_core::{
    EngineError,
    engine::{ListWorkflows, ListedWorkflow, WorkflowPage},
};
use fast_temporal_protocol::v1::WorkflowStatus;
use jiff::Timestamp;
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowExecutionStatus, workflow::v1::WorkflowExecutionInfo,
    workflowservice::v1::ListWorkflowExecutionsRequest,
};

use crate::rpc::Rpc;

/// The most that Temporal gives at once by default (`frontend.visibilityMaxPageSize`).
const PAGE_SIZE: i32 = 1000;

/// One page of a visibility query.
pub(super) async fn list(rpc: &Rpc, list: ListWorkflows) -> Result<WorkflowPage, EngineError> {
    let request = ListWorkflowExecutionsRequest {
        namespace: rpc.namespace.as_ref().into(),
        page_size: list
            .page_size
            .and_then(|size| i32::try_from(size).ok())
            .unwrap_or(PAGE_SIZE),
        next_page_token: list.page_token,
        query: list.query,
    };
    let response = rpc
        .call(
            rpc.request_timeout,
            request,
            |mut service, request| async move { service.list_workflow_executions(request).await },
        )
        .await?;
    Ok(WorkflowPage {
        workflows: response
            .executions
            .into_iter()
            .filter_map(visible)
            .collect(),
        next_page_token: response.next_page_token,
    })
}

fn visible(info: WorkflowExecutionInfo) -> Option<ListedWorkflow> {
    let status = status(info.status());
    let execution = info.execution?;
    let start_time = info.start_time.and_then(|t| time(t.seconds, t.nanos));
    Some(ListedWorkflow {
        workflow_id: execution.workflow_id.into(),
        run_id: execution.run_id.into(),
        workflow_type: info
            .r#type
            .map(|workflow_type| workflow_type.name)
            .unwrap_or_default(),
        status,
        start_time: start_time.unwrap_or_default(),
        close_time: info.close_time.and_then(|t| time(t.seconds, t.nanos)),
    })
}

/// A protobuf timestamp, by its fields: its type has another name with each set of the SDK's features.
pub(super) fn time(seconds: i64, nanos: i32) -> Option<Timestamp> {
    Timestamp::new(seconds, nanos).ok()
}

/// How a run stands. One that Temporal says nothing of has not been closed.
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

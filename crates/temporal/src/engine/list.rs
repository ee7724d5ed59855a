//! Visibility queries.

use fast_temporal_core::{
    EngineError,
    engine::{ListWorkflows, ListedWorkflow, WorkflowPage},
};
use temporalio_common::protos::temporal::api::{
    workflow::v1::WorkflowExecutionInfo, workflowservice::v1::ListWorkflowExecutionsRequest,
};

use super::describe::{status, timestamp};
use crate::rpc::Rpc;

/// The largest page of a server with default settings (`frontend.visibilityMaxPageSize`).
const PAGE_SIZE: i32 = 1000;

/// Reads one page of a visibility query.
pub(super) async fn list(rpc: &Rpc, list: ListWorkflows) -> Result<WorkflowPage, EngineError> {
    let request = ListWorkflowExecutionsRequest {
        namespace: rpc.namespace(),
        page_size: list
            .page_size
            .and_then(|size| i32::try_from(size).ok())
            .unwrap_or(PAGE_SIZE),
        next_page_token: list.page_token,
        query: list.query,
    };
    let response = rpc
        .call(request, async |mut service, request| {
            service.list_workflow_executions(request).await
        })
        .await?;
    Ok(WorkflowPage {
        workflows: response.executions.into_iter().filter_map(listed).collect(),
        next_page_token: response.next_page_token,
    })
}

fn listed(info: WorkflowExecutionInfo) -> Option<ListedWorkflow> {
    let status = status(info.status());
    let execution = info.execution?;
    let start_time = info.start_time.and_then(|t| timestamp(t.seconds, t.nanos));
    Some(ListedWorkflow {
        workflow_id: execution.workflow_id.into(),
        run_id: execution.run_id.into(),
        workflow_type: info.r#type.unwrap_or_default().name,
        status,
        start_time: start_time.unwrap_or_default(),
        close_time: info.close_time.and_then(|t| timestamp(t.seconds, t.nanos)),
    })
}

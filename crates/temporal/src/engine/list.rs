//! Reads visibility.

use fast_temporal_core::{
    EngineError,
    engine::{VisibleWorkflow, WorkflowPage},
};
use jiff::Timestamp;
use temporalio_common::protos::temporal::api::{
    workflow::v1::WorkflowExecutionInfo, workflowservice::v1::ListWorkflowExecutionsRequest,
};

use crate::rpc::Rpc;

/// The most that Temporal gives at once by default (`frontend.visibilityMaxPageSize`).
const PAGE_SIZE: i32 = 1000;

/// One page of a visibility query.
pub(super) async fn list(
    rpc: &Rpc,
    query: &str,
    page_token: &[u8],
) -> Result<WorkflowPage, EngineError> {
    let request = ListWorkflowExecutionsRequest {
        namespace: rpc.namespace.as_ref().into(),
        page_size: PAGE_SIZE,
        next_page_token: page_token.to_vec(),
        query: query.into(),
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

fn visible(info: WorkflowExecutionInfo) -> Option<VisibleWorkflow> {
    let execution = info.execution?;
    let start_time = info
        .start_time
        .and_then(|time| Timestamp::new(time.seconds, time.nanos).ok())
        .unwrap_or_default();
    Some(VisibleWorkflow {
        workflow_id: execution.workflow_id.into(),
        run_id: execution.run_id.into(),
        workflow_type: info
            .r#type
            .map(|workflow_type| workflow_type.name)
            .unwrap_or_default(),
        start_time,
    })
}

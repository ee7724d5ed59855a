//! Reads of history, whose events Temporal sends in one of two forms.

use std::time::Duration;

use fast_temporal_core::{EngineError, EngineErrorKind};
use prost::Message;
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution,
    history::v1::History,
    workflowservice::v1::{
        GetWorkflowExecutionHistoryRequest, GetWorkflowExecutionHistoryResponse,
    },
};

use super::Rpc;

/// A position in a run's history.
#[derive(Clone, Copy)]
pub(crate) struct HistoryPosition<'a> {
    pub(crate) workflow_id: &'a str,
    pub(crate) run_id: &'a str,
    /// The token of the previous page; empty at the start.
    pub(crate) token: &'a [u8],
}

impl Rpc {
    /// Reads a page of history. `wait`: whether to wait for new events at the tail.
    pub(crate) async fn history(
        &self,
        position: HistoryPosition<'_>,
        wait: bool,
        limit: Duration,
    ) -> Result<GetWorkflowExecutionHistoryResponse, EngineError> {
        let request = GetWorkflowExecutionHistoryRequest {
            namespace: self.namespace.as_ref().into(),
            execution: Some(WorkflowExecution {
                workflow_id: position.workflow_id.into(),
                run_id: position.run_id.into(),
            }),
            next_page_token: position.token.to_vec(),
            wait_new_event: wait,
            skip_archival: true,
            ..Default::default()
        };
        self.call(limit, request, |mut service, request| async move {
            service.get_workflow_execution_history(request).await
        })
        .await
    }
}

/// Returns the events of a response. A server may be configured to send them in the batches that it
/// stores (`frontend.sendRawWorkflowHistory`).
pub(crate) fn events(
    response: GetWorkflowExecutionHistoryResponse,
) -> Result<History, EngineError> {
    let mut history = response.history.unwrap_or_default();
    for batch in response.raw_history {
        let batch = History::decode(batch.data.as_slice()).map_err(|error| {
            EngineError::new(
                EngineErrorKind::Internal,
                format!("invalid raw history: {error}"),
            )
        })?;
        history.events.extend(batch.events);
    }
    Ok(history)
}

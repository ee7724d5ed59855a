//! One read of history, and its events in whichever of their two forms Temporal sent them.

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

/// Where to read on in a run's history.
#[derive(Clone, Copy)]
pub(crate) struct HistoryPlace<'a> {
    pub(crate) workflow_id: &'a str,
    pub(crate) run_id: &'a str,
    /// What the page before gave; empty at the start.
    pub(crate) token: &'a [u8],
}

impl Rpc {
    /// Reads history. `wait`: whether to wait for what is not there yet.
    pub(crate) async fn history(
        &self,
        place: HistoryPlace<'_>,
        wait: bool,
        limit: Duration,
    ) -> Result<GetWorkflowExecutionHistoryResponse, EngineError> {
        let request = GetWorkflowExecutionHistoryRequest {
            namespace: self.namespace.as_ref().into(),
            execution: Some(WorkflowExecution {
                workflow_id: place.workflow_id.into(),
                run_id: place.run_id.into(),
            }),
            next_page_token: place.token.to_vec(),
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

/// Takes the events out of an answer. A server may be configured to send batches as it stores
/// them (`frontend.sendRawWorkflowHistory`).
pub(crate) fn events(
    response: GetWorkflowExecutionHistoryResponse,
) -> Result<History, EngineError> {
    let mut history = response.history.unwrap_or_default();
    for batch in response.raw_history {
        let batch = History::decode(batch.data.as_slice()).map_err(|error| {
            EngineError::new(
                EngineErrorKind::Internal,
                format!("a stored batch of history can't be read: {error}"),
            )
        })?;
        history.events.extend(batch.events);
    }
    Ok(history)
}

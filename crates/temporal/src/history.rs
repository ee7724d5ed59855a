//! Reads of history, whose events Temporal sends in one of two forms.

use std::time::Duration;

use fast_temporal_core::{EngineError, EngineErrorKind};
use prost::Message;
use temporalio_common::protos::temporal::api::{
    history::v1::History, workflowservice::v1::GetWorkflowExecutionHistoryRequest,
};

use crate::rpc::{self, Rpc};

/// A position in a run's history.
#[derive(Clone, Copy)]
pub(crate) struct HistoryPosition<'a> {
    pub(crate) workflow_id: &'a str,
    pub(crate) run_id: &'a str,
    /// The token of the previous page; empty at the start.
    pub(crate) token: &'a [u8],
}

/// Reads a page of history, and returns its events and the token of the next one; empty after the last.
/// `wait`: whether to wait for new events at the tail.
pub(crate) async fn read_page(
    rpc: &Rpc,
    position: HistoryPosition<'_>,
    wait: bool,
    limit: Duration,
) -> Result<(History, Vec<u8>), EngineError> {
    let request = GetWorkflowExecutionHistoryRequest {
        namespace: rpc.namespace(),
        execution: Some(rpc::execution(position.workflow_id, Some(position.run_id))),
        next_page_token: position.token.to_vec(),
        wait_new_event: wait,
        skip_archival: true,
        ..Default::default()
    };
    let response = rpc
        .call_within(limit, request, async |mut service, request| {
            service.get_workflow_execution_history(request).await
        })
        .await?;
    let mut history = response.history.unwrap_or_default();
    // A server may be configured to send events in the batches that it stores
    // (`frontend.sendRawWorkflowHistory`).
    for batch in response.raw_history {
        let batch = History::decode(batch.data.as_slice()).map_err(|error| {
            EngineError::new(
                EngineErrorKind::Internal,
                format!("invalid raw history: {error}"),
            )
        })?;
        history.events.extend(batch.events);
    }
    Ok((history, response.next_page_token))
}

//! The events of a page of history, in whichever of its two forms Temporal sent them.

use fast_temporal_core::{EngineError, EngineErrorKind};
use prost::Message;
use temporalio_common::protos::temporal::api::{
    history::v1::History, workflowservice::v1::GetWorkflowExecutionHistoryResponse,
};

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

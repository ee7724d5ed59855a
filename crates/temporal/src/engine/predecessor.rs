//! Finds the run before a run, from that run's own history.

use std::sync::Arc;

use fast_temporal_core::{EngineError, EngineErrorKind};
use temporalio_common::protos::temporal::api::history::v1::{
    HistoryEvent, WorkflowExecutionStartedEventAttributes, history_event::Attributes,
};

use crate::{
    history::{self, HistoryPosition},
    rpc::Rpc,
};

/// Returns the run that this one continued, retried or was reset from.
pub(super) async fn predecessor(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: &str,
) -> Result<Option<Arc<str>>, EngineError> {
    let mut pages = Pages::new(rpc, workflow_id, run_id);
    let first = pages.next().await?;
    let started = started_of(&first)?;
    // A reset copies the started event of its base run, and that event describes the base run.
    if started.original_execution_run_id == run_id || started.original_execution_run_id.is_empty() {
        let continued = &started.continued_execution_run_id;
        return Ok((!continued.is_empty()).then(|| continued.as_str().into()));
    }
    let mut events = first;
    loop {
        if let Some(base) = events.iter().find_map(|event| reset_base(event, run_id)) {
            return Ok(Some(base.into()));
        }
        if pages.token.is_empty() {
            return Ok(None);
        }
        events = pages.next().await?;
    }
}

/// Returns a run's first event.
pub(super) async fn started_event(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: &str,
) -> Result<WorkflowExecutionStartedEventAttributes, EngineError> {
    let first = Pages::new(rpc, workflow_id, run_id).next().await?;
    started_of(&first).cloned()
}

struct Pages<'a> {
    rpc: &'a Rpc,
    workflow_id: &'a str,
    run_id: &'a str,
    token: Vec<u8>,
}

impl<'a> Pages<'a> {
    fn new(rpc: &'a Rpc, workflow_id: &'a str, run_id: &'a str) -> Self {
        Self {
            rpc,
            workflow_id,
            run_id,
            token: Vec::new(),
        }
    }

    async fn next(&mut self) -> Result<Vec<HistoryEvent>, EngineError> {
        let position = HistoryPosition {
            workflow_id: self.workflow_id,
            run_id: self.run_id,
            token: &self.token,
        };
        let limit = self.rpc.request_timeout;
        let (history, token) = history::read_page(self.rpc, position, false, limit).await?;
        self.token = token;
        Ok(history.events)
    }
}

fn started_of(
    events: &[HistoryEvent],
) -> Result<&WorkflowExecutionStartedEventAttributes, EngineError> {
    match events.first().and_then(|event| event.attributes.as_ref()) {
        Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => Ok(started),
        _ => Err(EngineError::new(
            EngineErrorKind::Internal,
            "a run's history does not begin with WorkflowExecutionStarted",
        )),
    }
}

/// Returns the base run if this event is the reset that created `run_id`. The history of a run that was
/// reset twice has the events of both resets.
fn reset_base<'a>(event: &'a HistoryEvent, run_id: &str) -> Option<&'a str> {
    match event.attributes.as_ref()? {
        Attributes::WorkflowTaskFailedEventAttributes(failed) if failed.new_run_id == run_id => {
            (!failed.base_run_id.is_empty()).then_some(failed.base_run_id.as_str())
        }
        _ => None,
    }
}

//! Starts workflows.
//!
//! A start that has a request id is idempotent: the second one starts nothing, sends nothing, and
//! answers with the run that the first one started. What that takes depends on what is sent with
//! the start, as Temporal tells repeated requests in each way differently.

mod origin;
mod plain;
mod request;
mod signal;
mod update;

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartOutcome, StartWorkflow},
};

use crate::rpc::Rpc;

/// Starts a workflow, with its start signal or update in the same request where it has one.
pub(super) async fn start(rpc: &Rpc, start: StartWorkflow) -> Result<StartOutcome, EngineError> {
    let outcome = match (&start.signal, &start.update) {
        (None, None) => Box::pin(plain::start(rpc, &start)).await,
        (Some((name, args)), None) => Box::pin(signal::start(rpc, &start, name, args)).await,
        (None, Some(update)) => Box::pin(update::start(rpc, &start, update)).await,
        (Some(_), Some(_)) => Err(EngineError::new(
            EngineErrorKind::Invalid,
            "a workflow can't be started with a signal and an update at once",
        )),
    };
    match &outcome {
        Ok(started) => tracing::debug!(
            workflow_id = %start.workflow_id,
            run_id = %started.run_id,
            workflow_type = start.workflow_type,
            existing = started.existing,
            "started a workflow",
        ),
        Err(error) => tracing::debug!(
            workflow_id = %start.workflow_id,
            workflow_type = start.workflow_type,
            kind = ?error.kind,
            "could not start a workflow",
        ),
    }
    outcome
}

/// A workflow that was there already.
fn existing(run_id: Arc<str>) -> StartOutcome {
    StartOutcome {
        existing: true,
        ..StartOutcome::new(run_id)
    }
}

fn already_started(start: &StartWorkflow) -> EngineError {
    EngineError::new(
        EngineErrorKind::AlreadyStarted,
        format!("workflow {} runs already", start.workflow_id),
    )
}

//! Starts with nothing else.

use fast_temporal_core::{
    EngineError,
    engine::{StartOutcome, StartWorkflow},
};
use fast_temporal_protocol::v1::IdConflictPolicy;
use temporalio_common::protos::temporal::api::enums::v1::WorkflowExecutionStatus;

use super::{existing, origin, request::start_request};
use crate::{engine::list::status, rpc::Rpc};

/// Starts a workflow.
pub(super) async fn start(rpc: &Rpc, start: &StartWorkflow) -> Result<StartOutcome, EngineError> {
    if let Some(run_id) = origin::earlier(rpc, start).await? {
        return Ok(existing(run_id));
    }
    let mut request = start_request(rpc, start)?;
    rpc.codec.encode(&mut request).await?;
    let outcome = rpc
        .attempt(
            rpc.request_timeout,
            request,
            |mut service, request| async move { service.start_workflow_execution(request).await },
        )
        .await;
    match outcome {
        Ok(response) => {
            let was_running = start.conflict == IdConflictPolicy::UseExisting && !response.started;
            // Servers before 1.26 do not say it.
            let was_over = response.status() != WorkflowExecutionStatus::Unspecified
                && status(response.status()).is_closed();
            Ok(StartOutcome {
                existing: was_running || was_over,
                ..StartOutcome::new(response.run_id.into())
            })
        }
        Err(failed) => origin::answer(rpc, start, failed).await,
    }
}

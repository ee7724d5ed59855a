//! Starts with an update.

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartOutcome, StartUpdate, StartWorkflow},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    ExecuteMultiOperationRequest, ExecuteMultiOperationResponse, StartWorkflowExecutionResponse,
    UpdateWorkflowExecutionResponse,
    execute_multi_operation_request::{Operation, operation::Operation as Request},
    execute_multi_operation_response::response::Response,
};

use super::{idempotency, request::start_request};
use crate::{engine::send_update::PendingUpdate, rpc::Rpc};

/// Starts a workflow with an update, and waits until the update has reached the requested stage. The
/// workflow is started even if the update is rejected, or times out because there is no worker.
pub(super) async fn start(
    rpc: &Rpc,
    start: &StartWorkflow,
    update: &StartUpdate,
) -> Result<StartOutcome, EngineError> {
    let pending = PendingUpdate::new(rpc, &start.workflow_id, update.clone()).await?;
    if let Some(run_id) = idempotency::earlier_start(rpc, start).await? {
        return update_earlier(&pending, run_id).await;
    }
    let mut start_request = start_request(rpc, start)?;
    rpc.codec.encode(&mut start_request).await?;
    let operations = [
        Request::StartWorkflow(start_request),
        Request::UpdateWorkflow(pending.request()),
    ];
    let request = ExecuteMultiOperationRequest {
        namespace: rpc.namespace(),
        resource_id: start.workflow_id.as_ref().into(),
        operations: operations
            .map(|operation| Operation {
                operation: Some(operation),
            })
            .into(),
    };
    let limit = pending.remaining_time()?;
    let outcome = rpc
        .call_within(limit, request, async |mut service, request| {
            service.execute_multi_operation(request).await
        })
        .await;
    match outcome {
        Ok(response) => {
            let (started, update) = parts(response)?;
            let updated = match pending.wait(update).await? {
                Some(updated) => updated,
                None => pending.send(Some(&started.run_id)).await?,
            };
            Ok(StartOutcome {
                run_id: started.run_id.into(),
                existing: !started.started,
                update: Some(updated),
            })
        }
        Err(error) => {
            let error = error.of_failed_operation();
            let earlier = idempotency::resolve_error(rpc, start, error).await?;
            update_earlier(&pending, earlier.run_id).await
        }
    }
}

/// Returns the outcome of a repeated start, whose first one started that run. The update was sent to
/// that run. If it never arrived there, it is sent to the current run.
async fn update_earlier(
    pending: &PendingUpdate<'_>,
    run_id: Arc<str>,
) -> Result<StartOutcome, EngineError> {
    let updated = match pending.send(Some(&run_id)).await {
        Err(error) if error.kind == EngineErrorKind::Closed => pending.send(None).await,
        outcome => outcome,
    };
    Ok(StartOutcome {
        update: Some(updated?),
        ..StartOutcome::existing(run_id)
    })
}

fn parts(
    response: ExecuteMultiOperationResponse,
) -> Result<
    (
        StartWorkflowExecutionResponse,
        UpdateWorkflowExecutionResponse,
    ),
    EngineError,
> {
    let mut responses = response.responses.into_iter().map(|it| it.response);
    match (responses.next().flatten(), responses.next().flatten()) {
        (Some(Response::StartWorkflow(started)), Some(Response::UpdateWorkflow(updated))) => {
            Ok((started, updated))
        }
        _ => Err(EngineError::new(
            EngineErrorKind::Internal,
            "Temporal did not answer a start with an update by one result for each",
        )),
    }
}

//! Starts with an update.

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartOutcome, StartUpdate, StartWorkflow},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    ExecuteMultiOperationRequest, ExecuteMultiOperationResponse, StartWorkflowExecutionResponse,
    UpdateWorkflowExecutionResponse,
    execute_multi_operation_request::{Operation, operation::Operation as Asked},
    execute_multi_operation_response::response::Response as Answered,
};

use super::{existing, origin, request::start_request};
use crate::{engine::update::Sending, rpc::Rpc};

/// Starts a workflow with an update, and waits until that has come as far as is asked for. The
/// workflow is started, too, where the update is refused, or where no worker is there to take it.
pub(super) async fn start(
    rpc: &Rpc,
    start: &StartWorkflow,
    update: &StartUpdate,
) -> Result<StartOutcome, EngineError> {
    let sending = Sending::new(rpc, &start.workflow_id, update.clone()).await?;
    if let Some(run_id) = origin::earlier(rpc, start).await? {
        return of_earlier(&sending, run_id).await;
    }
    let mut asked = start_request(rpc, start)?;
    rpc.codec.encode(&mut asked).await?;
    let operations = [
        Asked::StartWorkflow(asked),
        Asked::UpdateWorkflow(sending.request()),
    ];
    let request = ExecuteMultiOperationRequest {
        namespace: rpc.namespace.as_ref().into(),
        resource_id: start.workflow_id.as_ref().into(),
        operations: operations
            .map(|operation| Operation {
                operation: Some(operation),
            })
            .into(),
    };
    let outcome = rpc
        .attempt(
            sending.rest()?,
            request,
            |mut service, request| async move { service.execute_multi_operation(request).await },
        )
        .await;
    match outcome {
        Ok(response) => {
            let (started, update) = parts(response)?;
            let updated = match sending.see_through(update).await? {
                Some(updated) => updated,
                None => sending.send(Some(&started.run_id)).await?,
            };
            Ok(StartOutcome {
                run_id: started.run_id.into(),
                existing: !started.started,
                update: Some(updated),
            })
        }
        Err(failed) => {
            let there = origin::answer(rpc, start, failed.of_operation()).await?;
            of_earlier(&sending, there.run_id).await
        }
    }
}

/// The answer where an earlier start of the same request id started that run. Its update went
/// there; if it never arrived, it goes to the run that has followed.
async fn of_earlier(sending: &Sending<'_>, run_id: Arc<str>) -> Result<StartOutcome, EngineError> {
    let updated = match sending.send(Some(&run_id)).await {
        Err(error) if error.kind == EngineErrorKind::Closed => sending.send(None).await,
        outcome => outcome,
    };
    Ok(StartOutcome {
        update: Some(updated?),
        ..existing(run_id)
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
    let mut answers = response.responses.into_iter().map(|answer| answer.response);
    match (answers.next().flatten(), answers.next().flatten()) {
        (Some(Answered::StartWorkflow(started)), Some(Answered::UpdateWorkflow(updated))) => {
            Ok((started, updated))
        }
        _ => Err(EngineError::new(
            EngineErrorKind::Internal,
            "Temporal did not answer to a start and an update as such",
        )),
    }
}

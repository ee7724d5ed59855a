//! Waiting for the outcome of a workflow.

use axum::{extract::State, http::StatusCode};
use fast_temporal_protocol::{
    ErrorCode,
    v1::{ResultRequest, WorkflowOutcome},
};
use serde_json::json;
use tokio::select;

use super::{
    response::JsonResponse,
    target::{QueryParameters, WorkflowTarget},
};
use crate::{
    ApiError, App,
    auth::Expiry,
    caller::RateLimitedCaller,
    limit::{client_address::ClientAddress, client_key::ClientKey},
    openapi::{COMMON, Operation, TARGET, TEMPORAL, parameter},
    verb,
};

pub(crate) fn result_operation() -> Operation {
    Operation::get("/v1/workflows/{id}/result", "result", "workflows")
        .describe(
            "Wait for the outcome of a workflow",
            "The outcome is that of the whole chain of runs: a run that continues as new, is retried \
             or repeats on its schedule is not the end.",
        )
        .parameters([parameter::workflow_id()])
        .query::<ResultRequest>()
        .response::<WorkflowOutcome>(
            StatusCode::OK,
            "The outcome, however the workflow closed.",
            json!({
                "workflow_id": "~mfwgszq.order-42",
                "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                "status": "completed",
                "result": {"receipt": "r-1"},
            }),
        )
        .errors(&[COMMON, TEMPORAL, TARGET, &[ErrorCode::WorkflowNotClosed]])
}

/// Counts as a connection while it waits, and waits until the client's credentials expire at most.
pub(crate) async fn result(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    address: ClientAddress,
    WorkflowTarget(target): WorkflowTarget,
    QueryParameters(request): QueryParameters<ResultRequest>,
) -> Result<JsonResponse<WorkflowOutcome>, ApiError> {
    let _permit = app
        .limits
        .admit(&ClientKey::new(Some(&principal), address))?;
    let mut expiry = Expiry::of(&principal);
    let outcome = select! {
        biased;
        () = expiry.expired() => return Err(Expiry::error().into()),
        outcome = verb::result(&app, &principal, target.workflow_id, request) => outcome?,
    };
    Ok(JsonResponse::new(outcome))
}

//! Cancelling and terminating a workflow.

use axum::{extract::State, http::StatusCode};
use fast_temporal_protocol::{
    ErrorCode,
    v1::{CancelRequest, Empty, TerminateRequest},
};
use serde_json::json;

use super::{
    body::JsonBody, idempotency::IdempotencyKey, response::JsonResponse,
    run_detached::run_detached, target::WorkflowTarget,
};
use crate::{
    ApiError, App,
    caller::RateLimitedCaller,
    openapi::{BODY, COMMON, Operation, TARGET, TEMPORAL, parameter},
    verb,
};

pub(crate) fn cancel_operation() -> Operation {
    Operation::post("/v1/workflows/{id}/cancel", "cancel", "workflows")
        .describe(
            "Request cancellation of a workflow",
            "Responds when Temporal has accepted the request, not when the workflow has closed.",
        )
        .parameters([
            parameter::workflow_id(),
            parameter::run_id(),
            parameter::idempotency_key(),
        ])
        .body::<CancelRequest>(false, json!({"reason": "the customer changed their mind"}))
        .response::<Empty>(
            StatusCode::OK,
            "Temporal has accepted the request.",
            json!({}),
        )
        .errors(&[COMMON, TEMPORAL, TARGET, BODY, &[ErrorCode::WorkflowClosed]])
}

pub(crate) async fn cancel(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget(target): WorkflowTarget,
    key: IdempotencyKey,
    JsonBody(mut request): JsonBody<CancelRequest>,
) -> Result<JsonResponse<Empty>, ApiError> {
    key.fill("request_id", &mut request.request_id)?;
    let work = {
        let app = app.clone();
        async move { verb::cancel(&app, &principal, target, request).await }
    };
    Ok(JsonResponse::new(run_detached(&app, work).await?))
}

pub(crate) fn terminate_operation() -> Operation {
    Operation::post("/v1/workflows/{id}/terminate", "terminate", "workflows")
        .describe(
            "Terminate a workflow",
            "Closes it at once. Its worker is not involved and cannot clean up.",
        )
        .parameters([parameter::workflow_id(), parameter::run_id()])
        .body::<TerminateRequest>(false, json!({"reason": "stuck"}))
        .response::<Empty>(StatusCode::OK, "The workflow is closed.", json!({}))
        .errors(&[COMMON, TEMPORAL, TARGET, BODY, &[ErrorCode::WorkflowClosed]])
}

pub(crate) async fn terminate(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget(target): WorkflowTarget,
    JsonBody(request): JsonBody<TerminateRequest>,
) -> Result<JsonResponse<Empty>, ApiError> {
    let work = {
        let app = app.clone();
        async move { verb::terminate(&app, &principal, target, request).await }
    };
    Ok(JsonResponse::new(run_detached(&app, work).await?))
}

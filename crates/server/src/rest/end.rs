//! Ending a workflow, and waiting for its end.

use axum::extract::State;
use fast_temporal_protocol::v1::{
    CancelRequest, Empty, ResultRequest, TerminateRequest, WorkflowOutcome,
};
use tokio::select;

use super::{
    Answer, Body,
    changing::to_its_end,
    idempotency::IdempotencyKey,
    target::{At, Parameters},
};
use crate::{
    ApiError, App,
    auth::{Caller, Expiry},
    document::{
        error::{EndErrors, ResultErrors},
        parameter::{IdParameter, IdempotencyParameter, QueryParameters, RunParameter},
    },
    limit::{client_address::ClientAddress, client_key::ClientKey},
    verb,
};

/// Ask a workflow to cancel itself
///
/// It is answered when Temporal has it, not when the workflow has ended.
#[utoipa::path(
    post,
    path = "/v1/workflows/{id}/cancel",
    operation_id = "cancel",
    tag = "workflows",
    params(IdParameter, RunParameter, IdempotencyParameter),
    request_body(
        content = ref("#/components/schemas/CancelRequest"),
        content_type = "application/json",
        example = json!({"reason": "the customer changed their mind"}),
    ),
    responses(
        (
            status = 200,
            description = "Temporal has the request.",
            body = ref("#/components/schemas/Empty"),
            content_type = "application/json",
            example = json!({}),
        ),
        EndErrors,
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    Caller(principal): Caller,
    At(target): At,
    key: IdempotencyKey,
    Body(mut request): Body<CancelRequest>,
) -> Result<Answer<Empty>, ApiError> {
    key.fill("request_id", &mut request.request_id)?;
    let work = {
        let app = app.clone();
        async move { verb::cancel(&app, &principal, target, request).await }
    };
    let done = to_its_end(&app, work).await?;
    Ok(Answer::new(done))
}

/// End a workflow at once
///
/// Its worker is not asked, and can't clean up.
#[utoipa::path(
    post,
    path = "/v1/workflows/{id}/terminate",
    operation_id = "terminate",
    tag = "workflows",
    params(IdParameter, RunParameter),
    request_body(
        content = ref("#/components/schemas/TerminateRequest"),
        content_type = "application/json",
        example = json!({"reason": "stuck"}),
    ),
    responses(
        (
            status = 200,
            description = "The workflow is over.",
            body = ref("#/components/schemas/Empty"),
            content_type = "application/json",
            example = json!({}),
        ),
        EndErrors,
    ),
)]
pub(crate) async fn terminate(
    State(app): State<App>,
    Caller(principal): Caller,
    At(target): At,
    Body(request): Body<TerminateRequest>,
) -> Result<Answer<Empty>, ApiError> {
    let work = {
        let app = app.clone();
        async move { verb::terminate(&app, &principal, target, request).await }
    };
    let done = to_its_end(&app, work).await?;
    Ok(Answer::new(done))
}

/// Wait for what a workflow comes to
///
/// The end is that of the whole chain: a run that continues as new, is retried or repeats on its
/// schedule is not the end.
#[utoipa::path(
    get,
    path = "/v1/workflows/{id}/result",
    operation_id = "result",
    tag = "workflows",
    params(IdParameter, QueryParameters<ResultRequest>),
    responses(
        (
            status = 200,
            description = "What the workflow came to, whichever way it ended.",
            body = ref("#/components/schemas/WorkflowOutcome"),
            content_type = "application/json",
            example = json!({
                "workflow_id": "~mfwgszq.order-42",
                "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                "status": "completed",
                "result": {"receipt": "r-1"},
            }),
        ),
        ResultErrors,
    ),
)]
pub(crate) async fn result(
    State(app): State<App>,
    Caller(principal): Caller,
    address: ClientAddress,
    At(target): At,
    Parameters(request): Parameters<ResultRequest>,
) -> Result<Answer<WorkflowOutcome>, ApiError> {
    let _permit = app
        .limits
        .admit(&ClientKey::new(Some(&principal), address))?;
    let mut expiry = Expiry::of(&principal);
    // It waits no longer than the client's credentials last.
    let outcome = select! {
        biased;
        () = expiry.over() => return Err(Expiry::error().into()),
        outcome = verb::result(&app, &principal, target.workflow_id, request) => outcome?,
    };
    Ok(Answer::new(outcome))
}

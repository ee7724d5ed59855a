//! Signals, queries and updates.

use axum::extract::State;
use fast_temporal_protocol::v1::{
    Empty, QueryRequest, QueryResult, SignalRequest, UpdateRequest, UpdateResult,
};

use super::{Answer, Body, changing::to_its_end, idempotency::IdempotencyKey, target::Named};
use crate::{
    ApiError, App,
    auth::Caller,
    document::{
        error::{QueryErrors, SignalErrors, UpdateErrors},
        parameter::{IdParameter, IdempotencyParameter, NameParameter, RunParameter},
    },
    verb,
};

/// Send a signal
///
/// It is answered when Temporal has it, not when the workflow has handled it.
#[utoipa::path(
    post,
    path = "/v1/workflows/{id}/signals/{name}",
    operation_id = "signal",
    tag = "messages",
    params(IdParameter, NameParameter, RunParameter, IdempotencyParameter),
    request_body(
        content = ref("#/components/schemas/SignalRequest"),
        content_type = "application/json",
        example = json!({"args": [{"approved": true}]}),
    ),
    responses(
        (
            status = 200,
            description = "Temporal has the signal.",
            body = ref("#/components/schemas/Empty"),
            content_type = "application/json",
            example = json!({}),
        ),
        SignalErrors,
    ),
)]
pub(crate) async fn signal(
    State(app): State<App>,
    Caller(principal): Caller,
    Named { target, name }: Named,
    key: IdempotencyKey,
    Body(mut request): Body<SignalRequest>,
) -> Result<Answer<Empty>, ApiError> {
    key.fill("request_id", &mut request.request_id)?;
    let work = {
        let app = app.clone();
        async move { verb::signal(&app, &principal, target, name, request).await }
    };
    let sent = to_its_end(&app, work).await?;
    Ok(Answer::new(sent))
}

/// Ask a query
///
/// A worker must be there to answer it. It changes nothing.
#[utoipa::path(
    post,
    path = "/v1/workflows/{id}/queries/{name}",
    operation_id = "query",
    tag = "messages",
    params(IdParameter, NameParameter, RunParameter),
    request_body(
        content = ref("#/components/schemas/QueryRequest"),
        content_type = "application/json",
        example = json!({"args": []}),
    ),
    responses(
        (
            status = 200,
            description = "What the workflow answered.",
            body = ref("#/components/schemas/QueryResult"),
            content_type = "application/json",
            example = json!({"result": {"state": "waiting for approval"}}),
        ),
        QueryErrors,
    ),
)]
pub(crate) async fn query(
    State(app): State<App>,
    Caller(principal): Caller,
    Named { target, name }: Named,
    Body(request): Body<QueryRequest>,
) -> Result<Answer<QueryResult>, ApiError> {
    let result = verb::query(&app, &principal, target, name, request).await?;
    Ok(Answer::new(result))
}

/// Send an update
///
/// It is answered once the workflow has carried it out, or, with `"wait_for": "accepted"`, has
/// taken it on. With an `Idempotency-Key` it may be sent again: it answers with what the first one
/// came to.
#[utoipa::path(
    post,
    path = "/v1/workflows/{id}/updates/{name}",
    operation_id = "update",
    tag = "messages",
    params(IdParameter, NameParameter, RunParameter, IdempotencyParameter),
    request_body(
        content = ref("#/components/schemas/UpdateRequest"),
        content_type = "application/json",
        example = json!({"args": [{"amount": 4}]}),
    ),
    responses(
        (
            status = 200,
            description = "What the update has come to.",
            body = ref("#/components/schemas/UpdateResult"),
            content_type = "application/json",
            example = json!({
                "update_id": "u-1",
                "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                "stage": "completed",
                "result": {"amount": 4},
            }),
        ),
        UpdateErrors,
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    Caller(principal): Caller,
    Named { target, name }: Named,
    key: IdempotencyKey,
    Body(mut request): Body<UpdateRequest>,
) -> Result<Answer<UpdateResult>, ApiError> {
    key.fill("update_id", &mut request.update_id)?;
    let work = {
        let app = app.clone();
        async move { verb::update(&app, &principal, target, name, request).await }
    };
    let result = to_its_end(&app, work).await?;
    Ok(Answer::new(result))
}

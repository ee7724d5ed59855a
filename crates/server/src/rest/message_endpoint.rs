//! Signals, queries and updates.

use axum::extract::State;
use fast_temporal_protocol::{
    ErrorCode,
    v1::{Empty, QueryRequest, QueryResult, SignalRequest, UpdateRequest, UpdateResult},
};
use serde_json::json;

use super::{
    JsonResponse, body::JsonBody, idempotency_key::IdempotencyKey, json_response, run_detached,
    target::WorkflowTarget,
};
use crate::{
    ApiError, App,
    caller::RateLimitedCaller,
    openapi::{
        endpoint::Endpoint,
        error_response::{BODY, COMMON, MESSAGE, TARGET, TEMPORAL},
        parameter,
    },
    operation::message,
};

pub(crate) fn signal_endpoint() -> Endpoint {
    Endpoint::post("/v1/workflows/{id}/signals/{name}", "signal", "messages")
        .describe(
            "Send a signal",
            "Responds when Temporal has accepted the signal, not when the workflow has handled it.",
        )
        .parameters([parameter::run_id(), parameter::idempotency_key()])
        .body::<SignalRequest>(false, json!({"args": [{"approved": true}]}))
        .ok::<Empty>("Temporal has accepted the signal.", json!({}))
        .errors(&[COMMON, TEMPORAL, TARGET, BODY, MESSAGE])
}

pub(crate) async fn signal(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget { target, name }: WorkflowTarget,
    key: IdempotencyKey,
    JsonBody(mut request): JsonBody<SignalRequest>,
) -> Result<JsonResponse<Empty>, ApiError> {
    key.fill("request_id", &mut request.request_id)?;
    let run = async move |app: App| message::signal(&app, &principal, target, name, request).await;
    Ok(json_response(run_detached(app, run).await?))
}

pub(crate) fn query_endpoint() -> Endpoint {
    Endpoint::post("/v1/workflows/{id}/queries/{name}", "query", "messages")
        .describe(
            "Query a workflow",
            "A worker must be running to answer. A query changes nothing.",
        )
        .parameters([parameter::run_id()])
        .body::<QueryRequest>(false, json!({"args": []}))
        .ok::<QueryResult>(
            "The workflow's answer.",
            json!({"result": {"state": "waiting for approval"}}),
        )
        .errors(&[
            COMMON,
            TEMPORAL,
            TARGET,
            BODY,
            &[ErrorCode::QueryFailed, ErrorCode::WorkflowClosed],
        ])
}

pub(crate) async fn query(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget { target, name }: WorkflowTarget,
    JsonBody(request): JsonBody<QueryRequest>,
) -> Result<JsonResponse<QueryResult>, ApiError> {
    let result = message::query(&app, &principal, target, name, request).await?;
    Ok(json_response(result))
}

pub(crate) fn update_endpoint() -> Endpoint {
    Endpoint::post("/v1/workflows/{id}/updates/{name}", "update", "messages")
        .describe(
            "Send an update",
            "Responds when the workflow has completed the update, or, with \
             `\"wait_for\": \"accepted\"`, accepted it. With an `Idempotency-Key` it is safe to retry: \
             the response has the outcome of the first request.",
        )
        .parameters([parameter::run_id(), parameter::idempotency_key()])
        .body::<UpdateRequest>(false, json!({"args": [{"amount": 4}]}))
        .ok::<UpdateResult>(
            "The outcome of the update.",
            json!({
                "update_id": "u-1",
                "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                "stage": "completed",
                "result": {"amount": 4},
            }),
        )
        .errors(&[
            COMMON,
            TEMPORAL,
            TARGET,
            BODY,
            MESSAGE,
            &[ErrorCode::UpdateFailed],
        ])
}

pub(crate) async fn update(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget { target, name }: WorkflowTarget,
    key: IdempotencyKey,
    JsonBody(mut request): JsonBody<UpdateRequest>,
) -> Result<JsonResponse<UpdateResult>, ApiError> {
    key.fill("update_id", &mut request.update_id)?;
    let run = async move |app: App| message::update(&app, &principal, target, name, request).await;
    Ok(json_response(run_detached(app, run).await?))
}

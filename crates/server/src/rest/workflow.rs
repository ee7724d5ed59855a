//! Starting, listing and describing workflows.

use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::IntoResponse,
};
use fast_temporal_protocol::{
    ErrorCode,
    path::encode_workflow_id,
    v1::{ListRequest, StartRequest, StartResult, WorkflowDetails, WorkflowList},
};
use serde_json::{Value, json};

use super::{
    body::JsonBody,
    idempotency::IdempotencyKey,
    response::JsonResponse,
    run_detached::run_detached,
    target::{QueryParameters, WorkflowTarget},
};
use crate::{
    ApiError, App,
    caller::RateLimitedCaller,
    openapi::{BODY, COMMON, Operation, TARGET, TEMPORAL, parameter},
    verb,
};

pub(crate) fn start_operation() -> Operation {
    let location = "The path of the workflow.";
    Operation::post("/v1/workflows", "start", "workflows")
        .describe(
            "Start a workflow",
            "By its name in the catalog, or, if permitted, by its type and task queue. With an \
             `Idempotency-Key` it is safe to retry: the response has what the first request started, \
             on any node, for as long as Temporal retains the workflow.",
        )
        .parameters([parameter::idempotency_key()])
        .body::<StartRequest>(true, json!({"workflow": "order", "args": [{"amount": 3}]}))
        .response::<StartResult>(
            StatusCode::CREATED,
            "The workflow has been started.",
            json!({
                "workflow_id": "~mfwgszq.order-42",
                "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                "existing": false,
            }),
        )
        .response_header(StatusCode::CREATED, "Location", location)
        .response::<StartResult>(
            StatusCode::OK,
            "The workflow already existed.",
            Value::Null,
        )
        .response_header(StatusCode::OK, "Location", location)
        .errors(&[
            COMMON,
            TEMPORAL,
            BODY,
            &[
                ErrorCode::UnknownWorkflow,
                ErrorCode::SchemaMismatch,
                ErrorCode::AlreadyStarted,
                ErrorCode::UpdateFailed,
            ],
        ])
}

pub(crate) async fn start(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    key: IdempotencyKey,
    JsonBody(mut request): JsonBody<StartRequest>,
) -> Result<impl IntoResponse, ApiError> {
    key.fill("request_id", &mut request.request_id)?;
    let work = {
        let app = app.clone();
        async move { verb::start(&app, &principal, request).await }
    };
    let started = run_detached(&app, work).await?;
    let location = format!("/v1/workflows/{}", encode_workflow_id(&started.workflow_id));
    let headers: [(HeaderName, String); 1] = [(header::LOCATION, location)];
    let status = if started.existing {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((headers, JsonResponse::new(started).with_status(status)))
}

pub(crate) fn list_operation() -> Operation {
    Operation::get("/v1/workflows", "list", "workflows")
        .describe(
            "List workflows",
            "Those that the credentials permit, newest start first. Temporal's visibility lags by about \
             a second.",
        )
        .query::<ListRequest>()
        .response::<WorkflowList>(
            StatusCode::OK,
            "One page of workflows.",
            json!({
                "workflows": [{
                    "workflow_id": "~mfwgszq.order-42",
                    "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                    "workflow_type": "OrderWorkflow",
                    "status": "running",
                    "start_time": "2026-11-23T10:20:30.123456789Z",
                }],
            }),
        )
        .errors(&[COMMON, TEMPORAL])
}

pub(crate) async fn list(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    QueryParameters(request): QueryParameters<ListRequest>,
) -> Result<JsonResponse<WorkflowList>, ApiError> {
    let list = verb::list(&app, &principal, request).await?;
    Ok(JsonResponse::new(list))
}

pub(crate) fn describe_operation() -> Operation {
    Operation::get("/v1/workflows/{id}", "describe", "workflows")
        .describe(
            "Describe a workflow",
            "Its current state, with memo, search attributes and pending activities.",
        )
        .parameters([parameter::workflow_id(), parameter::run_id()])
        .response::<WorkflowDetails>(StatusCode::OK, "The state of the workflow.", Value::Null)
        .errors(&[COMMON, TEMPORAL, TARGET])
}

pub(crate) async fn describe(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget(target): WorkflowTarget,
) -> Result<JsonResponse<WorkflowDetails>, ApiError> {
    let details = verb::describe(&app, &principal, target).await?;
    Ok(JsonResponse::new(details))
}

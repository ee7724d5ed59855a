//! Starting, listing, describing and closing workflows, and waiting for their outcome.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use fast_temporal_protocol::{
    ErrorCode,
    path::encode_workflow_id,
    v1::{
        CancelRequest, Empty, ListRequest, ResultRequest, StartRequest, StartResult,
        TerminateRequest, WorkflowDetails, WorkflowList, WorkflowOutcome,
    },
};
use serde_json::{Value, json};
use tokio::select;

use super::{
    JsonResponse,
    body::JsonBody,
    idempotency_key::IdempotencyKey,
    json_response, run_detached,
    target::{QueryParameters, WorkflowTarget},
};
use crate::{
    ApiError, App,
    auth::expiry::Expiry,
    caller::RateLimitedCaller,
    limit::{client_address::ClientAddress, client_key::ClientKey},
    openapi::{
        endpoint::Endpoint,
        error_response::{BODY, COMMON, TARGET, TEMPORAL},
        parameter,
    },
    operation::{close, describe, list, result, start},
};

pub(crate) fn start_endpoint() -> Endpoint {
    let location = "The path of the workflow.";
    Endpoint::post("/v1/workflows", "start", "workflows")
        .describe(
            "Start a workflow",
            "By its name in the catalog, or, if permitted, by its type and task queue. With an \
             `Idempotency-Key` it is safe to retry: the response has what the first request started, \
             on any node, for as long as Temporal retains the workflow.",
        )
        .parameters([parameter::idempotency_key()])
        .body::<StartRequest>(true, json!({"workflow": "order", "args": [{"amount": 3}]}))
        .created::<StartResult>(
            "The workflow has been started.",
            json!({
                "workflow_id": "~mfwgszq.order-42",
                "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                "existing": false,
            }),
        )
        .response_header(StatusCode::CREATED, "Location", location)
        .ok::<StartResult>(
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
    let run = async move |app: App| start::start(&app, &principal, request).await;
    let started = run_detached(app, run).await?;
    let location = format!("/v1/workflows/{}", encode_workflow_id(&started.workflow_id));
    let status = if started.existing {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let location = [(header::LOCATION, location)];
    Ok((status, location, json_response(started)))
}

pub(crate) fn list_endpoint() -> Endpoint {
    Endpoint::get("/v1/workflows", "list", "workflows")
        .describe(
            "List workflows",
            "Those that the credentials permit, newest start first. Temporal's visibility lags by about \
             a second.",
        )
        .query::<ListRequest>()
        .ok::<WorkflowList>(
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
    Ok(json_response(list::list(&app, &principal, request).await?))
}

pub(crate) fn describe_endpoint() -> Endpoint {
    Endpoint::get("/v1/workflows/{id}", "describe", "workflows")
        .describe(
            "Describe a workflow",
            "Its current state, with memo, search attributes and pending activities.",
        )
        .parameters([parameter::run_id()])
        .ok::<WorkflowDetails>("The state of the workflow.", Value::Null)
        .errors(&[COMMON, TEMPORAL, TARGET])
}

pub(crate) async fn describe(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget { target, .. }: WorkflowTarget,
) -> Result<JsonResponse<WorkflowDetails>, ApiError> {
    let details = describe::describe(&app, &principal, target).await?;
    Ok(json_response(details))
}

pub(crate) fn result_endpoint() -> Endpoint {
    Endpoint::get("/v1/workflows/{id}/result", "result", "workflows")
        .describe(
            "Wait for the outcome of a workflow",
            "The outcome is that of the whole chain of runs: a run that continues as new, is retried \
             or repeats on its schedule is not the end.",
        )
        .query::<ResultRequest>()
        .ok::<WorkflowOutcome>(
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
    WorkflowTarget { target, .. }: WorkflowTarget,
    QueryParameters(request): QueryParameters<ResultRequest>,
) -> Result<JsonResponse<WorkflowOutcome>, ApiError> {
    let _permit = app
        .limits
        .admit(&ClientKey::new(principal.subject.clone(), address))?;
    let mut expiry = Expiry::of(&principal);
    let outcome = select! {
        biased;
        () = expiry.expired() => return Err(Expiry::error().into()),
        outcome = result::result(&app, &principal, target.workflow_id, request) => outcome?,
    };
    Ok(json_response(outcome))
}

pub(crate) fn cancel_endpoint() -> Endpoint {
    Endpoint::post("/v1/workflows/{id}/cancel", "cancel", "workflows")
        .describe(
            "Request cancellation of a workflow",
            "Responds when Temporal has accepted the request, not when the workflow has closed.",
        )
        .parameters([parameter::run_id(), parameter::idempotency_key()])
        .body::<CancelRequest>(false, json!({"reason": "the customer changed their mind"}))
        .ok::<Empty>("Temporal has accepted the request.", json!({}))
        .errors(&[COMMON, TEMPORAL, TARGET, BODY, &[ErrorCode::WorkflowClosed]])
}

pub(crate) async fn cancel(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget { target, .. }: WorkflowTarget,
    key: IdempotencyKey,
    JsonBody(mut request): JsonBody<CancelRequest>,
) -> Result<JsonResponse<Empty>, ApiError> {
    key.fill("request_id", &mut request.request_id)?;
    let run = async move |app: App| close::cancel(&app, &principal, target, request).await;
    Ok(json_response(run_detached(app, run).await?))
}

pub(crate) fn terminate_endpoint() -> Endpoint {
    Endpoint::post("/v1/workflows/{id}/terminate", "terminate", "workflows")
        .describe(
            "Terminate a workflow",
            "Closes it at once. Its worker is not involved and cannot clean up.",
        )
        .parameters([parameter::run_id()])
        .body::<TerminateRequest>(false, json!({"reason": "stuck"}))
        .ok::<Empty>("The workflow is closed.", json!({}))
        .errors(&[COMMON, TEMPORAL, TARGET, BODY, &[ErrorCode::WorkflowClosed]])
}

pub(crate) async fn terminate(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    WorkflowTarget { target, .. }: WorkflowTarget,
    JsonBody(request): JsonBody<TerminateRequest>,
) -> Result<JsonResponse<Empty>, ApiError> {
    let run = async move |app: App| close::terminate(&app, &principal, target, request).await;
    Ok(json_response(run_detached(app, run).await?))
}

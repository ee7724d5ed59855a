//! Starting, listing and describing workflows.

use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::IntoResponse,
};
use fast_temporal_protocol::{
    path::encode_workflow_id,
    v1::{ListRequest, StartRequest, WorkflowDetails, WorkflowList},
};

use super::{
    Answer, Body,
    changing::to_its_end,
    idempotency::IdempotencyKey,
    target::{At, Parameters},
};
use crate::{
    ApiError, App,
    auth::Caller,
    document::{
        error::{DescribeErrors, ListErrors, StartErrors},
        parameter::{IdParameter, IdempotencyParameter, QueryParameters, RunParameter},
    },
    verb,
};

/// Start a workflow
///
/// By its name in the catalog, or, where that is allowed, by its type and task queue. With an
/// `Idempotency-Key` the request may be sent again: it answers with what the first one started, on
/// any node, for as long as Temporal keeps the workflow.
#[utoipa::path(
    post,
    path = "/v1/workflows",
    operation_id = "start",
    tag = "workflows",
    params(IdempotencyParameter),
    request_body(
        content = ref("#/components/schemas/StartRequest"),
        content_type = "application/json",
        example = json!({"workflow": "order", "args": [{"amount": 3}]}),
    ),
    responses(
        (
            status = 201,
            description = "The workflow was started.",
            body = ref("#/components/schemas/StartResult"),
            content_type = "application/json",
            headers(("Location" = String, description = "Where the workflow is described.")),
            example = json!({
                "workflow_id": "~mfwgszq.order-42",
                "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                "existing": false,
            }),
        ),
        (
            status = 200,
            description = "The workflow was there already.",
            body = ref("#/components/schemas/StartResult"),
            content_type = "application/json",
            headers(("Location" = String, description = "Where the workflow is described.")),
        ),
        StartErrors,
    ),
)]
pub(crate) async fn start(
    State(app): State<App>,
    Caller(principal): Caller,
    key: IdempotencyKey,
    Body(mut request): Body<StartRequest>,
) -> Result<impl IntoResponse, ApiError> {
    key.fill("request_id", &mut request.request_id)?;
    let work = {
        let app = app.clone();
        async move { verb::start(&app, &principal, request).await }
    };
    let started = to_its_end(&app, work).await?;
    let location = format!("/v1/workflows/{}", encode_workflow_id(&started.workflow_id));
    let headers: [(HeaderName, String); 1] = [(header::LOCATION, location)];
    let status = if started.existing {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((headers, Answer::new(started).with_status(status)))
}

/// List workflows
///
/// Those that the credentials allow to see, newest start first, as visibility knows them: a second
/// or so behind.
#[utoipa::path(
    get,
    path = "/v1/workflows",
    operation_id = "list",
    tag = "workflows",
    params(QueryParameters<ListRequest>),
    responses(
        (
            status = 200,
            description = "One page of workflows.",
            body = ref("#/components/schemas/WorkflowList"),
            content_type = "application/json",
            example = json!({
                "workflows": [{
                    "workflow_id": "~mfwgszq.order-42",
                    "run_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                    "workflow_type": "OrderWorkflow",
                    "status": "running",
                    "start_time": "2026-11-23T10:20:30.123456789Z",
                }],
            }),
        ),
        ListErrors,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(principal): Caller,
    Parameters(request): Parameters<ListRequest>,
) -> Result<Answer<WorkflowList>, ApiError> {
    Ok(Answer::new(verb::list(&app, &principal, request).await?))
}

/// Describe a workflow
///
/// How it stands right now, with its memo, its search attributes and its pending activities.
#[utoipa::path(
    get,
    path = "/v1/workflows/{id}",
    operation_id = "describe",
    tag = "workflows",
    params(IdParameter, RunParameter),
    responses(
        (
            status = 200,
            description = "How the workflow stands.",
            body = ref("#/components/schemas/WorkflowDetails"),
            content_type = "application/json",
        ),
        DescribeErrors,
    ),
)]
pub(crate) async fn describe(
    State(app): State<App>,
    Caller(principal): Caller,
    At(target): At,
) -> Result<Answer<WorkflowDetails>, ApiError> {
    Ok(Answer::new(verb::describe(&app, &principal, target).await?))
}

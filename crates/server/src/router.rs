//! The whole HTTP surface on one page.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::from_fn,
    response::{Html, IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use fast_temporal_protocol::{ErrorCode, v1::asyncapi};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span, field, info_span};

use crate::{
    ApiError, App, events,
    limit::request_head::check_request_head,
    openapi::{self, endpoint::Endpoint, viewer},
    rest::{health_endpoint, message_endpoint, ticket_endpoint, workflow_endpoint},
    seed, v1,
};

/// The router of an app.
pub fn router(app: App) -> Router {
    let cors = app.config.origins.cors();
    let spans = app.clone();
    Router::new()
        .route("/", get(index))
        .route("/openapi.json", openapi_json(app.auth.open().is_some()))
        .route("/asyncapi.json", get(asyncapi_json))
        .merge(viewer::routes())
        .route("/ws/", get(seed::missing_user_id))
        .route("/ws/{user_id}", get(seed::upgrade))
        .route("/v1/ws", get(v1::upgrade))
        .merge(documented())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(app.config.requests.max_message_bytes))
        .layer(from_fn(check_request_head))
        .layer(cors)
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(move |request: &Request| request_span(&spans, request))
                .on_request(())
                .on_response(DefaultOnResponse::new().level(Level::DEBUG))
                .on_failure(()),
        )
        .with_state(app)
}

/// The endpoints of the OpenAPI document, with their handlers.
fn endpoints() -> Vec<(Endpoint, MethodRouter<App>)> {
    vec![
        (
            workflow_endpoint::start_endpoint(),
            post(workflow_endpoint::start),
        ),
        (
            workflow_endpoint::list_endpoint(),
            get(workflow_endpoint::list),
        ),
        (
            workflow_endpoint::describe_endpoint(),
            get(workflow_endpoint::describe),
        ),
        (events::events_endpoint(), get(events::events)),
        (
            workflow_endpoint::result_endpoint(),
            get(workflow_endpoint::result),
        ),
        (
            message_endpoint::signal_endpoint(),
            post(message_endpoint::signal),
        ),
        (
            message_endpoint::query_endpoint(),
            post(message_endpoint::query),
        ),
        (
            message_endpoint::update_endpoint(),
            post(message_endpoint::update),
        ),
        (
            workflow_endpoint::cancel_endpoint(),
            post(workflow_endpoint::cancel),
        ),
        (
            workflow_endpoint::terminate_endpoint(),
            post(workflow_endpoint::terminate),
        ),
        (
            ticket_endpoint::ticket_endpoint(),
            post(ticket_endpoint::ticket),
        ),
        (health_endpoint::live_endpoint(), get(health_endpoint::live)),
        (
            health_endpoint::ready_endpoint(),
            get(health_endpoint::ready),
        ),
    ]
}

fn documented() -> Router<App> {
    let endpoints = endpoints().into_iter();
    endpoints.fold(Router::new(), |router, (endpoint, handler)| {
        router.route(endpoint.path(), handler)
    })
}

/// The OpenAPI document of a gateway with authentication, as `docs/openapi.json` contains it.
pub fn openapi() -> String {
    format!("{:#}\n", document(false))
}

fn document(is_open: bool) -> serde_json::Value {
    let endpoints = endpoints().into_iter().map(|(endpoint, _)| endpoint);
    openapi::document(endpoints, is_open)
}

/// Serves the document, which is assembled for the first request.
fn openapi_json(is_open: bool) -> MethodRouter<App> {
    let json = LazyLock::new(move || Bytes::from(document(is_open).to_string()));
    let json = Arc::new(json);
    get(async move || ([(CONTENT_TYPE, "application/json")], Bytes::clone(&json)))
}

/// Serves the document of `/v1/ws`.
async fn asyncapi_json() -> impl IntoResponse {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| asyncapi().to_string().into());
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}

async fn index(State(app): State<App>) -> Response {
    match app.config.index_page {
        Some(page) => Html(page).into_response(),
        None => not_found().await.into_response(),
    }
}

async fn not_found() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "no such path")
}

async fn method_not_allowed() -> ApiError {
    let message = "this path does not support this method";
    ApiError::new(ErrorCode::InvalidRequest, message).with_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// Leaves out the query, which can contain a ticket.
fn request_span(app: &App, request: &Request) -> Span {
    let id = app.next_request();
    let (method, path) = (request.method(), request.uri().path());
    info_span!("request", id, %method, path, user = field::Empty)
}

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
use fast_temporal_protocol::{ErrorBody, ErrorCode, v1::asyncapi};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span, field, info_span};

use crate::{
    ApiError, App, events, health,
    limit::request_head::check_request_head,
    openapi::{self, Operation},
    rest::{close, message, result, ticket, workflow},
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
        .merge(openapi::viewer())
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

/// The operations of the OpenAPI document, with their handlers.
fn operations() -> Vec<(Operation, MethodRouter<App>)> {
    vec![
        (workflow::start_operation(), post(workflow::start)),
        (workflow::list_operation(), get(workflow::list)),
        (workflow::describe_operation(), get(workflow::describe)),
        (events::events_operation(), get(events::events)),
        (result::result_operation(), get(result::result)),
        (message::signal_operation(), post(message::signal)),
        (message::query_operation(), post(message::query)),
        (message::update_operation(), post(message::update)),
        (close::cancel_operation(), post(close::cancel)),
        (close::terminate_operation(), post(close::terminate)),
        (ticket::ticket_operation(), post(ticket::ticket)),
        (health::live_operation(), get(health::live)),
        (health::ready_operation(), get(health::ready)),
    ]
}

fn documented() -> Router<App> {
    let operations = operations().into_iter();
    operations.fold(Router::new(), |router, (operation, handler)| {
        router.route(operation.path(), handler)
    })
}

/// The OpenAPI document of a gateway with authentication, as `docs/openapi.json` contains it.
pub fn openapi() -> String {
    format!("{:#}\n", document(false))
}

fn document(is_open: bool) -> serde_json::Value {
    let operations = operations().into_iter().map(|(operation, _)| operation);
    openapi::document(operations, is_open)
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
    ApiError {
        status: StatusCode::METHOD_NOT_ALLOWED,
        body: ErrorBody::new(
            ErrorCode::InvalidRequest,
            "this path does not support this method",
        ),
    }
}

/// Leaves out the query, which can contain a ticket.
fn request_span(app: &App, request: &Request) -> Span {
    let id = app.next_request();
    let (method, path) = (request.method(), request.uri().path());
    info_span!("request", id, %method, path, user = field::Empty)
}

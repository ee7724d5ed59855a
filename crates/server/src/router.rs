//! The whole HTTP surface on one page.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware::from_fn,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span, field, info_span};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiError, App, document, events, health, limit::request_head::check_request_head, rest, seed,
    v1,
};

/// The router of an app.
pub fn router(app: App) -> Router {
    let cors = app.config.origins.cors();
    let spans = app.clone();
    Router::new()
        .route("/", get(index))
        .route("/openapi.json", get(document::json))
        .route("/asyncapi.json", get(document::asyncapi))
        .route("/docs", get(document::page))
        .route("/ws/", get(seed::missing_user_id))
        .route("/ws/{user_id}", get(seed::upgrade))
        .route("/v1/ws", get(v1::upgrade))
        .merge(Router::from(documented()))
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

/// The paths that are in the OpenAPI document.
pub(crate) fn documented() -> OpenApiRouter<App> {
    document::router()
        .routes(routes!(rest::workflow::start, rest::workflow::list))
        .routes(routes!(rest::workflow::describe))
        .routes(routes!(events::events))
        .routes(routes!(rest::end::result))
        .routes(routes!(rest::message::signal))
        .routes(routes!(rest::message::query))
        .routes(routes!(rest::message::update))
        .routes(routes!(rest::end::cancel))
        .routes(routes!(rest::end::terminate))
        .routes(routes!(rest::ticket::ticket))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}

async fn index(State(app): State<App>) -> Response {
    match app.config.index_page {
        Some(page) => Html(page).into_response(),
        None => not_found().await.into_response(),
    }
}

async fn not_found() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "nothing is at this path")
}

async fn method_not_allowed() -> ApiError {
    ApiError {
        status: StatusCode::METHOD_NOT_ALLOWED,
        body: ErrorBody::new(
            ErrorCode::InvalidRequest,
            "this path does not take this method",
        ),
    }
}

/// The query stays out: it may hold a ticket.
fn request_span(app: &App, request: &Request) -> Span {
    let id = app.next_request();
    let (method, path) = (request.method(), request.uri().path());
    info_span!("request", id, %method, path, user = field::Empty)
}

//! The whole HTTP surface on one page.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span, debug_span};

use crate::{ApiError, App, events, health, seed};

/// The longest request body that any handler reads.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The router of an app.
pub fn router(app: App) -> Router {
    let cors = app.config.origins.cors();
    let spans = app.clone();
    Router::new()
        .route("/", get(index))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/ws/", get(seed::no_user))
        .route("/ws/{user_id}", get(seed::upgrade))
        .route("/v1/workflows/{id}/events", get(events::events))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
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

/// The query stays out: one day it may hold a ticket.
fn request_span(app: &App, request: &Request) -> Span {
    let id = app.next_request();
    debug_span!("request", id, method = %request.method(), path = request.uri().path())
}

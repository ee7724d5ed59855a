//! Errors at the HTTP boundary: `{"error":{"code","message","retryable"}}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fast_temporal_core::{EngineError, SubscribeError};
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use serde::Serialize;
use tracing::warn;

/// What a client is told, and by which status. The cause is logged where it is found, and not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The code and the message.
    pub body: ErrorBody,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: &'a ErrorBody,
}

impl ApiError {
    /// An error of that code, with its usual status.
    pub(crate) fn new(code: ErrorCode, message: &'static str) -> Self {
        ErrorBody::new(code, message).into()
    }
}

impl From<ErrorBody> for ApiError {
    fn from(body: ErrorBody) -> Self {
        Self {
            status: status(body.code),
            body,
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let body = error.public();
        if status(body.code).is_server_error() {
            warn!(%error, "a request to Temporal failed");
        }
        body.into()
    }
}

impl From<SubscribeError> for ApiError {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::Engine(error) => error.into(),
            _ => Self::new(
                ErrorCode::CursorMismatch,
                "the cursor belongs to another workflow or namespace",
            ),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let envelope = Json(Envelope { error: &self.body });
        let mut response = (self.status, envelope).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

fn status(code: ErrorCode) -> StatusCode {
    use ErrorCode as Code;
    match code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyStarted => StatusCode::CONFLICT,
        Code::OriginRefused => StatusCode::FORBIDDEN,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooManyWorkflows => StatusCode::TOO_MANY_REQUESTS,
        Code::TemporalDenied => StatusCode::BAD_GATEWAY,
        Code::TemporalUnavailable | Code::TemporalBusy | Code::Draining => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

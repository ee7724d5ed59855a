//! Errors at the HTTP boundary: `{"error":{"code","message","retryable"}}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fast_temporal_core::EngineError;
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

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let envelope = Json(Envelope { error: &self.body });
        let mut response = (self.status, envelope).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        if let Some(seconds) = retry_after(self.status, self.body.code) {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// After how many seconds to try again. Connections last, so one that is too many is asked to wait
/// for longer, and not all of them for as long.
fn retry_after(status: StatusCode, code: ErrorCode) -> Option<u16> {
    match code {
        ErrorCode::TooManyConnections
        | ErrorCode::TooManyConnectionsPerUser
        | ErrorCode::TooManyConnectionsPerAddress => Some(fastrand::u16(5..=10)),
        _ if status == StatusCode::SERVICE_UNAVAILABLE => Some(1),
        _ if status == StatusCode::TOO_MANY_REQUESTS => Some(1),
        _ => None,
    }
}

pub(crate) fn status(code: ErrorCode) -> StatusCode {
    use ErrorCode as Code;
    match code {
        Code::Unauthenticated | Code::TokenExpired => StatusCode::UNAUTHORIZED,
        Code::OriginNotAllowed | Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound | Code::NotSubscribed => StatusCode::NOT_FOUND,
        Code::AlreadyStarted
        | Code::AlreadySubscribed
        | Code::WorkflowClosed
        | Code::WorkflowNotClosed => StatusCode::CONFLICT,
        Code::QueryFailed | Code::UpdateFailed | Code::SchemaMismatch => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooManyWorkflows
        | Code::TooManyRequests
        | Code::TooManySubscriptions
        | Code::TooManyConnectionsPerUser
        | Code::TooManyConnectionsPerAddress => StatusCode::TOO_MANY_REQUESTS,
        Code::TemporalPermissionDenied => StatusCode::BAD_GATEWAY,
        Code::TemporalUnavailable
        | Code::TemporalBusy
        | Code::AuthUnavailable
        | Code::TooManyConnections
        | Code::Draining => StatusCode::SERVICE_UNAVAILABLE,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

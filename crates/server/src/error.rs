//! The error boundary: from a failure inside the gateway to what a client receives.
//!
//! | type | belongs | holds |
//! |---|---|---|
//! | [`EngineError`] | between core and here | a failed request to Temporal, with its cause |
//! | [`ErrorBody`] | operations, credentials, limits, WebSocket frames | what a client receives, on every transport |
//! | [`ApiError`] | handlers and extractors | an [`ErrorBody`] with its HTTP status |
//!
//! This module alone turns the first into the second, and alone logs the cause. Clients never receive
//! a cause that concerns the gateway itself.

use std::borrow::Cow;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fast_temporal_core::{EngineError, EngineErrorKind as Kind};
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use serde::Serialize;
use tracing::{debug, warn};

/// Turns a failed request to Temporal into what the client receives, and logs the cause unless the
/// client's own request or the shutdown explains it.
pub(crate) fn public_error(error: EngineError) -> ErrorBody {
    let is_expected = matches!(
        error.kind,
        Kind::NotFound
            | Kind::AlreadyStarted
            | Kind::Closed
            | Kind::QueryFailed
            | Kind::Invalid
            | Kind::Stopping
    );
    if is_expected {
        debug!(%error, "request to Temporal rejected");
    } else {
        warn!(%error, "request to Temporal failed");
    }
    logged_error(error)
}

/// Logs that the gateway cannot do something of its own accord, for which no client waits.
pub(crate) fn log_failure(action: &str, error: &EngineError) {
    warn!(%error, "cannot {action}");
}

/// Logs what [`log_failure`] logs, for a failure that is usual.
pub(crate) fn log_usual_failure(action: &str, error: &EngineError) {
    debug!(%error, "cannot {action}");
}

/// Turns an error of a feed into what its subscribers receive. The feed's follower has logged the cause.
pub(crate) fn logged_error(error: EngineError) -> ErrorBody {
    match error.kind {
        Kind::Unavailable => ErrorBody::new(
            ErrorCode::TemporalUnavailable,
            "Temporal is unavailable; retry later",
        ),
        Kind::Busy => ErrorBody::new(
            ErrorCode::TemporalBusy,
            "Temporal rejects requests under load; retry later",
        ),
        Kind::Timeout => ErrorBody::new(ErrorCode::Timeout, "Temporal did not respond in time"),
        Kind::NotFound => workflow_not_found(),
        Kind::AlreadyStarted => ErrorBody::new(
            ErrorCode::AlreadyStarted,
            "a workflow with this id already exists",
        ),
        Kind::Closed => ErrorBody::new(ErrorCode::WorkflowClosed, "the workflow is closed"),
        Kind::QueryFailed => ErrorBody::new(ErrorCode::QueryFailed, error.message),
        Kind::Invalid => ErrorBody::new(ErrorCode::InvalidRequest, error.message),
        Kind::Denied => ErrorBody::new(
            ErrorCode::TemporalPermissionDenied,
            "Temporal rejects the gateway's credentials",
        ),
        Kind::Stopping => draining(),
        Kind::BranchChanged | Kind::Internal => internal_error(),
    }
}

/// The error for a workflow that does not exist, or that the principal is not permitted to see: the
/// two look alike.
pub(crate) fn workflow_not_found() -> ErrorBody {
    ErrorBody::new(ErrorCode::NotFound, "no such workflow")
}

/// The error for credentials that are missing or not accepted.
pub(crate) fn unauthenticated(message: impl Into<Cow<'static, str>>) -> ErrorBody {
    ErrorBody::new(ErrorCode::Unauthenticated, message)
}

/// The error for what the credentials do not permit.
pub(crate) fn forbidden(message: impl Into<Cow<'static, str>>) -> ErrorBody {
    ErrorBody::new(ErrorCode::Forbidden, message)
}

/// The error for a field with an invalid value.
pub(crate) fn invalid_field(message: impl Into<Cow<'static, str>>) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidField, message)
}

/// The error of a gateway that shuts down.
pub(crate) fn draining() -> ErrorBody {
    ErrorBody::new(
        ErrorCode::Draining,
        "this gateway is shutting down; reconnect to reach another",
    )
}

/// The error for a bug in the gateway.
pub(crate) fn internal_error() -> ErrorBody {
    ErrorBody::new(ErrorCode::Internal, "internal error in the gateway")
}

/// The outcome of work that was spawned or caught, with [`internal_error`] in place of a panic. The
/// panic hook has logged it.
pub(crate) fn panic_to_internal<T, E>(
    outcome: Result<Result<T, ErrorBody>, E>,
) -> Result<T, ErrorBody> {
    outcome.unwrap_or_else(|_| Err(internal_error()))
}

/// An error as an HTTP response: `{"error":{"code","message","retryable"}}`.
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
    /// An error with the usual status of its code.
    pub(crate) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        ErrorBody::new(code, message).into()
    }

    /// The same error with another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
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

/// Seconds after which to retry. Connections are long-lived, so a client over their limit waits
/// longer, for a random time that keeps clients from returning together.
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

/// The usual HTTP status of a code.
pub(crate) fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).expect("the table of codes has valid statuses")
}

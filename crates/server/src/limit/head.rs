//! How long a request's head may be.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use fast_temporal_protocol::{ErrorBody, ErrorCode};

use crate::ApiError;

/// The longest path and query: enough for a cursor, a ticket and a choice of topics, which have limits
/// of their own.
const MAX_TARGET_BYTES: usize = 16 * 1024;
/// The longest headers together.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Refuses a request whose head is too long. One that is much too long does not come so far: it is
/// refused by the reader of heads, in fewer words.
pub(crate) async fn check_head(request: Request, next: Next) -> Response {
    let target = request.uri().path_and_query();
    let target_bytes = target.map_or(0, |target| target.as_str().len());
    let headers = request.headers().iter();
    let header_bytes: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    let (status, what, limit) = if target_bytes > MAX_TARGET_BYTES {
        (StatusCode::URI_TOO_LONG, "path and query", MAX_TARGET_BYTES)
    } else if header_bytes > MAX_HEADER_BYTES {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        (status, "headers", MAX_HEADER_BYTES)
    } else {
        return next.run(request).await;
    };
    let message = format!("{what} have at most {limit} bytes");
    let body = ErrorBody::new(ErrorCode::TooLarge, message);
    ApiError { status, body }.into_response()
}

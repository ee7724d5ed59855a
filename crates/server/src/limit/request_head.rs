//! The limit on the size of a request's head.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use fast_temporal_protocol::ErrorCode;

use crate::ApiError;

/// The longest path and query: enough for a cursor, a ticket and a selection of topics, which have
/// limits of their own.
const MAX_TARGET_BYTES: usize = 16 * 1024;
/// The largest total size of the headers.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Rejects a request whose head is too large. A head beyond the HTTP parser's buffer does not get
/// here: the parser rejects it with a bare status.
pub(crate) async fn check_request_head(request: Request, next: Next) -> Response {
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
    let message = format!("{what} too large: at most {limit} bytes are accepted");
    ApiError::new(ErrorCode::TooLarge, message)
        .with_status(status)
        .into_response()
}

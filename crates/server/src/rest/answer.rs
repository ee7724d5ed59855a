//! Answers that are JSON.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// An answer, which no cache keeps.
pub(crate) struct Answer<T> {
    status: StatusCode,
    body: T,
}

impl<T> Answer<T> {
    /// An answer with status 200.
    pub(crate) fn new(body: T) -> Self {
        Self {
            status: StatusCode::OK,
            body,
        }
    }

    /// The same with another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let no_store = HeaderValue::from_static("no-store");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, no_store);
        response
    }
}

//! JSON responses.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A JSON response that caches do not store.
pub(crate) struct JsonResponse<T> {
    status: StatusCode,
    body: T,
}

impl<T> JsonResponse<T> {
    /// A response with status 200.
    pub(super) fn new(body: T) -> Self {
        Self {
            status: StatusCode::OK,
            body,
        }
    }

    /// The same with another status.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl<T: Serialize> IntoResponse for JsonResponse<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let no_store = HeaderValue::from_static("no-store");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, no_store);
        response
    }
}

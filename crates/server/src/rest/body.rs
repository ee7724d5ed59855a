//! The extractor for JSON bodies.

use axum::{
    body::{Bytes, HttpBody as _},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use fast_temporal_protocol::{ErrorCode, v1::parse_body};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::{ApiError, App};

/// A JSON object in the body. An empty body counts as `{}`.
///
/// Rejects pages of foreign origins: they cannot read responses, but their requests would take effect.
pub(crate) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        app.config.origins.check_upgrade(request.headers())?;
        let is_json = is_json(request.headers());
        let limits = &app.config.requests;
        let announced_bytes = request.body().size_hint().lower();
        if !usize::try_from(announced_bytes).is_ok_and(|bytes| bytes <= limits.max_message_bytes) {
            return Err(too_large(limits.max_message_bytes));
        }
        let bytes = timeout(limits.body_timeout, Bytes::from_request(request, app))
            .await
            .map_err(|_| {
                ApiError::new(ErrorCode::Timeout, "the body did not arrive in time")
                    .with_status(StatusCode::REQUEST_TIMEOUT)
            })?
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(limits.max_message_bytes),
                _ => ApiError::new(ErrorCode::InvalidRequest, "the body could not be read"),
            })?;
        // Browsers send JSON to another origin only after a CORS preflight.
        if !bytes.is_empty() && !is_json {
            let message =
                "unsupported media type: send JSON with the header Content-Type: application/json";
            let error = ApiError::new(ErrorCode::InvalidRequest, message);
            return Err(error.with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let not_utf8 = "not JSON: the body is not UTF-8";
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| ApiError::new(ErrorCode::InvalidJson, not_utf8))?;
        Ok(Self(parse_body(text)?))
    }
}

/// Whether `Content-Type` is `application/json` or a type based on it.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let Some(text) = content_type.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let media_type = text.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = media_type.split_once('/') else {
        return false;
    };
    let subtype = subtype.to_ascii_lowercase();
    kind.eq_ignore_ascii_case("application") && (subtype == "json" || subtype.ends_with("+json"))
}

fn too_large(max_bytes: usize) -> ApiError {
    let message = format!("body too large: expected at most {max_bytes} bytes");
    ApiError::new(ErrorCode::TooLarge, message)
}

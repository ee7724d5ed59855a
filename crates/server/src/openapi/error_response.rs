//! The errors of endpoints, by status.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use fast_temporal_protocol::ErrorCode;
use serde_json::{Value, json};

use crate::error::status;

/// Errors of any request with credentials.
pub(crate) const COMMON: &[ErrorCode] = &[
    ErrorCode::Unauthenticated,
    ErrorCode::TokenExpired,
    ErrorCode::Forbidden,
    ErrorCode::AuthUnavailable,
    ErrorCode::TooManyRequests,
    ErrorCode::TooManyConnections,
    ErrorCode::TooManyConnectionsPerUser,
    ErrorCode::TooManyConnectionsPerAddress,
    ErrorCode::Draining,
    ErrorCode::Internal,
];
/// Errors of requests that call Temporal.
pub(crate) const TEMPORAL: &[ErrorCode] = &[
    ErrorCode::NotFound,
    ErrorCode::InvalidField,
    ErrorCode::InvalidRequest,
    ErrorCode::TemporalPermissionDenied,
    ErrorCode::TemporalUnavailable,
    ErrorCode::TemporalBusy,
    ErrorCode::Timeout,
];
/// Errors of requests that address a workflow.
pub(crate) const TARGET: &[ErrorCode] = &[ErrorCode::InvalidWorkflowId];
/// Errors of requests with a body.
pub(crate) const BODY: &[ErrorCode] = &[
    ErrorCode::InvalidJson,
    ErrorCode::ExpectedObject,
    ErrorCode::MissingField,
    ErrorCode::TooLarge,
    ErrorCode::OriginNotAllowed,
];
/// Errors of signals and updates.
pub(crate) const MESSAGE: &[ErrorCode] = &[ErrorCode::WorkflowClosed, ErrorCode::SchemaMismatch];
/// Errors of the readiness check.
pub(crate) const READINESS: &[ErrorCode] = &[
    ErrorCode::TemporalUnavailable,
    ErrorCode::TemporalBusy,
    ErrorCode::TemporalPermissionDenied,
    ErrorCode::Timeout,
    ErrorCode::NotFound,
    ErrorCode::InvalidRequest,
    ErrorCode::Draining,
    ErrorCode::Internal,
];

pub(super) fn by_status(groups: &[&[ErrorCode]]) -> BTreeMap<StatusCode, Vec<ErrorCode>> {
    let mut codes = BTreeMap::<StatusCode, Vec<ErrorCode>>::new();
    let mut add = |status, code| {
        let codes = codes.entry(status).or_default();
        if !codes.contains(&code) {
            codes.push(code);
        }
    };
    for code in groups.iter().copied().flatten() {
        add(status(*code), *code);
        // Any request can have a head that is too long.
        if *code == ErrorCode::TooManyRequests {
            add(StatusCode::URI_TOO_LONG, ErrorCode::TooLarge);
            add(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                ErrorCode::TooLarge,
            );
        }
        // Any body can arrive too slowly, or be of another media type.
        if *code == ErrorCode::InvalidJson {
            add(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout);
            add(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                ErrorCode::InvalidRequest,
            );
        }
    }
    codes
}

pub(super) fn response(status: StatusCode, codes: &[ErrorCode]) -> Value {
    let quoted: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
    let codes: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let error =
        json!({"type": "object", "properties": {"code": {"type": "string", "enum": codes}}});
    let schema = json!({"allOf": [
        {"$ref": "#/components/schemas/Error"},
        {"type": "object", "properties": {"error": error}},
    ]});
    let mut response = json!({
        "description": quoted.join(", "),
        "content": {"application/json": {"schema": schema}},
    });
    if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
        response["headers"] = json!({"Retry-After": {"schema": {"type": "string"}}});
    }
    response
}

/// The schema of an error response.
pub(super) fn envelope() -> Value {
    json!({
        "type": "object",
        "description": "An error.",
        "required": ["error"],
        "properties": {"error": {"$ref": "#/components/schemas/ErrorBody"}},
        "examples": [{"error": {
            "code": "not_found",
            "message": "no such workflow",
            "retryable": false,
        }}],
    })
}

//! Which errors an operation may be answered with, by status.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use fast_temporal_protocol::ErrorCode;
use serde_json::json;
use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, Header, RefOr, Response, ResponseBuilder, Schema},
};

use crate::error::status;

/// Any request with credentials.
const ANY: &[ErrorCode] = &[
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
/// What Temporal is asked.
const TEMPORAL: &[ErrorCode] = &[
    ErrorCode::NotFound,
    ErrorCode::InvalidField,
    ErrorCode::InvalidRequest,
    ErrorCode::TemporalPermissionDenied,
    ErrorCode::TemporalUnavailable,
    ErrorCode::TemporalBusy,
    ErrorCode::Timeout,
];
/// What is about a workflow.
const TARGET: &[ErrorCode] = &[ErrorCode::InvalidWorkflowId];
/// What has a body.
const BODY: &[ErrorCode] = &[
    ErrorCode::InvalidJson,
    ErrorCode::ExpectedObject,
    ErrorCode::MissingField,
    ErrorCode::TooLarge,
    ErrorCode::OriginNotAllowed,
];
/// What goes to a workflow that runs.
const MESSAGE: &[ErrorCode] = &[ErrorCode::WorkflowClosed, ErrorCode::SchemaMismatch];

macro_rules! errors {
    ($($(#[doc = $doc:literal])* $name:ident = [$($group:expr),*];)*) => {
        $(
            $(#[doc = $doc])*
            pub(crate) struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    by_status(&[$($group),*])
                }
            }
        )*
    };
}

errors! {
    /// `start`
    StartErrors = [ANY, TEMPORAL, BODY, &[
        ErrorCode::UnknownWorkflow,
        ErrorCode::SchemaMismatch,
        ErrorCode::AlreadyStarted,
        ErrorCode::UpdateFailed,
    ]];
    /// `list`
    ListErrors = [ANY, TEMPORAL];
    /// `describe`
    DescribeErrors = [ANY, TEMPORAL, TARGET];
    /// `signal`
    SignalErrors = [ANY, TEMPORAL, TARGET, BODY, MESSAGE];
    /// `query`
    QueryErrors = [ANY, TEMPORAL, TARGET, BODY, &[ErrorCode::QueryFailed]];
    /// `update`
    UpdateErrors = [ANY, TEMPORAL, TARGET, BODY, MESSAGE, &[ErrorCode::UpdateFailed]];
    /// `cancel` and `terminate`
    EndErrors = [ANY, TEMPORAL, TARGET, BODY, &[ErrorCode::WorkflowClosed]];
    /// `result`
    ResultErrors = [ANY, TEMPORAL, TARGET, &[ErrorCode::WorkflowNotClosed]];
    /// Events
    EventsErrors = [ANY, TEMPORAL, TARGET, &[ErrorCode::InvalidCursor, ErrorCode::CursorMismatch]];
    /// Tickets
    TicketErrors = [ANY, BODY, &[ErrorCode::InvalidField]];
}

/// Whether the gateway can serve: whatever is wrong, it has one status.
pub(crate) struct ReadyErrors;

impl IntoResponses for ReadyErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let codes = [
            ErrorCode::TemporalUnavailable,
            ErrorCode::TemporalBusy,
            ErrorCode::TemporalPermissionDenied,
            ErrorCode::Timeout,
            ErrorCode::NotFound,
            ErrorCode::InvalidRequest,
            ErrorCode::Draining,
            ErrorCode::Internal,
        ];
        [(status.as_str().to_owned(), response(status, &codes).into())].into()
    }
}

fn by_status(groups: &[&[ErrorCode]]) -> BTreeMap<String, RefOr<Response>> {
    let mut codes = BTreeMap::<StatusCode, Vec<ErrorCode>>::new();
    let mut add = |status, code| {
        let codes = codes.entry(status).or_default();
        if !codes.contains(&code) {
            codes.push(code);
        }
    };
    for code in groups.iter().copied().flatten() {
        add(status(*code), *code);
        // A head that is too long.
        if *code == ErrorCode::TooManyRequests {
            add(StatusCode::URI_TOO_LONG, ErrorCode::TooLarge);
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            add(status, ErrorCode::TooLarge);
        }
        // A body that comes in too slowly, and one that is said to be no JSON.
        if *code == ErrorCode::InvalidJson {
            add(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout);
            add(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                ErrorCode::InvalidRequest,
            );
        }
    }
    let responses = codes.into_iter();
    responses
        .map(|(status, codes)| (status.as_str().to_owned(), response(status, &codes).into()))
        .collect()
}

fn response(status: StatusCode, codes: &[ErrorCode]) -> Response {
    let names: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
    let content = ContentBuilder::new().schema(Some(schema(codes))).build();
    let mut response = ResponseBuilder::new()
        .description(names.join(", "))
        .content("application/json", content);
    if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
        response = response.header("Retry-After", Header::default());
    }
    response.build()
}

fn schema(codes: &[ErrorCode]) -> RefOr<Schema> {
    let codes: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let error =
        json!({"type": "object", "properties": {"code": {"type": "string", "enum": codes}}});
    let schema = json!({"allOf": [
        {"$ref": "#/components/schemas/Error"},
        {"type": "object", "properties": {"error": error}},
    ]});
    serde_json::from_value(schema).expect("a plain schema")
}

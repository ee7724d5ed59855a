//! Errors with stable codes, which clients rely on.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Json;

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, status: $status:literal, retryable: $retryable:literal;)*) => {
        /// A stable error code. Each has a page in `docs/errors/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)*
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the code's wire name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the HTTP status of an error with this code.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Returns whether the same request may succeed later.
            pub fn retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)* }
            }
        }
    };
}

error_codes! {
    /// The message or body is not JSON.
    InvalidJson = "invalid_json", status: 400, retryable: false;
    /// The JSON value is not an object.
    ExpectedObject = "expected_object", status: 400, retryable: false;
    /// A required field is missing.
    MissingField = "missing_field", status: 400, retryable: false;
    /// A field has the wrong type or an invalid value.
    InvalidField = "invalid_field", status: 400, retryable: false;
    /// The catalog has no workflow of this name, or the message names no workflow and
    /// no default is configured.
    UnknownWorkflow = "unknown_workflow", status: 400, retryable: false;
    /// The client sent a binary message. The protocol only has text messages.
    BinaryNotSupported = "binary_not_supported", status: 400, retryable: false;
    /// A message, body, path or header exceeds its size limit.
    TooLarge = "too_large", status: 413, retryable: false;
    /// The connection has the maximum number of workflows in flight.
    TooManyWorkflows = "too_many_workflows", status: 429, retryable: true;
    /// Workers fail to process the tasks of the workflow.
    WorkflowTaskFailed = "workflow_task_failed", status: 400, retryable: false;
    /// The user id in the path is empty or too long.
    InvalidUserId = "invalid_user_id", status: 400, retryable: false;
    /// The workflow id in the path is invalid.
    InvalidWorkflowId = "invalid_workflow_id", status: 400, retryable: false;
    /// The cursor is malformed.
    InvalidCursor = "invalid_cursor", status: 400, retryable: false;
    /// The cursor belongs to another workflow or namespace.
    CursorMismatch = "cursor_mismatch", status: 400, retryable: false;
    /// The workflow does not exist, or its history has been deleted.
    NotFound = "not_found", status: 404, retryable: false;
    /// A workflow with this id already exists.
    AlreadyStarted = "already_started", status: 409, retryable: false;
    /// Temporal rejected the request as invalid, or the HTTP request is invalid.
    InvalidRequest = "invalid_request", status: 400, retryable: false;
    /// Temporal rejected the gateway's credentials.
    TemporalPermissionDenied = "temporal_permission_denied", status: 502, retryable: false;
    /// Temporal is unreachable or not ready.
    TemporalUnavailable = "temporal_unavailable", status: 503, retryable: true;
    /// Temporal rejected the request because of a rate or concurrency limit.
    TemporalBusy = "temporal_busy", status: 503, retryable: true;
    /// Temporal or a worker did not respond in time, or the request's body arrived too late.
    Timeout = "timeout", status: 504, retryable: true;
    /// The page's origin is not allowed.
    OriginNotAllowed = "origin_not_allowed", status: 403, retryable: false;
    /// The request has an unknown `op`.
    UnknownOperation = "unknown_operation", status: 400, retryable: false;
    /// The connection is already subscribed to the workflow.
    AlreadySubscribed = "already_subscribed", status: 409, retryable: false;
    /// The connection is not subscribed to the workflow.
    NotSubscribed = "not_subscribed", status: 404, retryable: false;
    /// The workflow is closed.
    WorkflowClosed = "workflow_closed", status: 409, retryable: false;
    /// The workflow is not closed yet.
    WorkflowNotClosed = "workflow_not_closed", status: 409, retryable: true;
    /// The query failed, or the workflow does not know it.
    QueryFailed = "query_failed", status: 422, retryable: false;
    /// The workflow rejected or failed the update.
    UpdateFailed = "update_failed", status: 422, retryable: false;
    /// The arguments do not match the catalog's schema.
    SchemaMismatch = "schema_mismatch", status: 422, retryable: false;
    /// The credentials are missing or invalid.
    Unauthenticated = "unauthenticated", status: 401, retryable: false;
    /// The credentials have expired.
    TokenExpired = "token_expired", status: 401, retryable: false;
    /// The credentials do not permit the operation.
    Forbidden = "forbidden", status: 403, retryable: false;
    /// The keys that verify the credentials are unavailable at the moment.
    AuthUnavailable = "auth_unavailable", status: 503, retryable: true;
    /// The client exceeds its request rate, or the connection's limit of waiting requests.
    TooManyRequests = "too_many_requests", status: 429, retryable: true;
    /// The node has the maximum number of connections.
    TooManyConnections = "too_many_connections", status: 503, retryable: true;
    /// The user has the maximum number of connections to this node.
    TooManyConnectionsPerUser = "too_many_connections_per_user", status: 429, retryable: true;
    /// The address has the maximum number of connections to this node.
    TooManyConnectionsPerAddress = "too_many_connections_per_address", status: 429, retryable: true;
    /// The connection has the maximum number of subscriptions.
    TooManySubscriptions = "too_many_subscriptions", status: 429, retryable: true;
    /// The gateway is shutting down. Connect again.
    Draining = "draining", status: 503, retryable: true;
    /// The gateway has an internal error.
    Internal = "internal", status: 500, retryable: true;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error as clients receive it: `{"code","message","retryable","details"?}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBody {
    /// The stable code.
    pub code: ErrorCode,
    /// A message for people about this request.
    pub message: Cow<'static, str>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// Details for programs. The code's page describes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Json>,
}

impl ErrorBody {
    /// Creates an error with a code and a message.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: code.retryable(),
            details: None,
        }
    }

    /// Adds details, if they have a JSON form.
    #[must_use]
    pub fn with_details<T: Serialize>(mut self, details: &T) -> Self {
        self.details = Json::from_value(details).ok();
        self
    }
}

//! What can be wrong with a request: stable codes that clients may rely on.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Json;

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, status: $status:literal, retryable: $retryable:literal;)*) => {
        /// A stable code. Each has a page in `docs/errors/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)*
        }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The usual HTTP status of an error with this code.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Whether the same request may succeed later.
            pub fn retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)* }
            }
        }
    };
}

error_codes! {
    /// The frame or body is not JSON.
    InvalidJson = "invalid_json", status: 400, retryable: false;
    /// The JSON is no object.
    ExpectedObject = "expected_object", status: 400, retryable: false;
    /// A field that must be there is missing.
    MissingField = "missing_field", status: 400, retryable: false;
    /// A field has the wrong type or a value out of range.
    InvalidField = "invalid_field", status: 400, retryable: false;
    /// The message names no workflow, and none is configured.
    UnknownWorkflow = "unknown_workflow", status: 400, retryable: false;
    /// A binary frame, where the protocol has text only.
    BinaryNotSupported = "binary_not_supported", status: 400, retryable: false;
    /// A frame or body over the limit.
    TooLarge = "too_large", status: 413, retryable: false;
    /// The connection has as many workflows in flight as it may.
    TooManyWorkflows = "too_many_workflows", status: 429, retryable: true;
    /// Workers fail to make progress on the workflow.
    WorkflowTaskFailed = "workflow_task_failed", status: 400, retryable: false;
    /// The user id of a connection is empty or too long.
    InvalidUserId = "invalid_user_id", status: 400, retryable: false;
    /// The workflow id in a path is no valid one.
    InvalidWorkflowId = "invalid_workflow_id", status: 400, retryable: false;
    /// A cursor that is none.
    InvalidCursor = "invalid_cursor", status: 400, retryable: false;
    /// A cursor of another workflow or namespace.
    CursorMismatch = "cursor_mismatch", status: 400, retryable: false;
    /// There is no such workflow, or its history is gone.
    NotFound = "not_found", status: 404, retryable: false;
    /// A workflow of this id is there already.
    AlreadyStarted = "already_started", status: 409, retryable: false;
    /// Temporal refused the request as wrong.
    InvalidRequest = "invalid_request", status: 400, retryable: false;
    /// Temporal refused the gateway's credentials.
    TemporalPermissionDenied = "temporal_permission_denied", status: 502, retryable: false;
    /// Temporal can't be reached, or is not ready.
    TemporalUnavailable = "temporal_unavailable", status: 503, retryable: true;
    /// Temporal refused the request as one too many.
    TemporalBusy = "temporal_busy", status: 503, retryable: true;
    /// No answer within the time limit.
    Timeout = "timeout", status: 504, retryable: true;
    /// The page's origin may not connect here.
    OriginNotAllowed = "origin_not_allowed", status: 403, retryable: false;
    /// There is no such operation.
    UnknownOperation = "unknown_operation", status: 400, retryable: false;
    /// The connection reads this workflow's events already.
    AlreadySubscribed = "already_subscribed", status: 409, retryable: false;
    /// The connection does not read this workflow's events.
    NotSubscribed = "not_subscribed", status: 404, retryable: false;
    /// The workflow is over, so nothing can be sent to it.
    WorkflowClosed = "workflow_closed", status: 409, retryable: false;
    /// The workflow has not ended in the time for which its result was waited for.
    WorkflowNotClosed = "workflow_not_closed", status: 409, retryable: true;
    /// The workflow failed to answer a query, or knows none of that name.
    QueryFailed = "query_failed", status: 422, retryable: false;
    /// The workflow refused an update, or failed to carry it out.
    UpdateFailed = "update_failed", status: 422, retryable: false;
    /// An argument does not fit the schema that the catalog gives.
    SchemaMismatch = "schema_mismatch", status: 422, retryable: false;
    /// No credentials came, or they are not accepted.
    Unauthenticated = "unauthenticated", status: 401, retryable: false;
    /// The credentials were good, and are no longer.
    TokenExpired = "token_expired", status: 401, retryable: false;
    /// The credentials do not allow this.
    Forbidden = "forbidden", status: 403, retryable: false;
    /// The keys that credentials are checked with can't be had right now.
    AuthUnavailable = "auth_unavailable", status: 503, retryable: true;
    /// More requests in a second than a client may make.
    TooManyRequests = "too_many_requests", status: 429, retryable: true;
    /// This node has as many connections as it takes.
    TooManyConnections = "too_many_connections", status: 503, retryable: true;
    /// The user has as many connections to this node as one may have.
    TooManyConnectionsPerUser = "too_many_connections_per_user", status: 429, retryable: true;
    /// The address has as many connections to this node as one may have.
    TooManyConnectionsPerAddress = "too_many_connections_per_address", status: 429, retryable: true;
    /// The connection reads as many workflows' events as it may.
    TooManySubscriptions = "too_many_subscriptions", status: 429, retryable: true;
    /// This gateway is about to stop: come back, and another will serve you.
    Draining = "draining", status: 503, retryable: true;
    /// A fault of the gateway.
    Internal = "internal", status: 500, retryable: true;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error as clients see it: `{"code","message","retryable","details"?}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBody {
    /// The stable code.
    pub code: ErrorCode,
    /// What is wrong with this very request, for people.
    pub message: Cow<'static, str>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// More of it, for programs: which fields what code has, its page says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Json>,
}

impl ErrorBody {
    /// An error of that code.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: code.retryable(),
            details: None,
        }
    }

    /// The same error with details, where these have a JSON form.
    #[must_use]
    pub fn with_details<T: Serialize>(mut self, details: &T) -> Self {
        self.details = Json::from_value(details).ok();
        self
    }
}

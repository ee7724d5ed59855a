//! Errors of requests to Temporal.

use fast_temporal_protocol::Failure;

/// A request to Temporal that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}: {message}")]
pub struct EngineError {
    /// The kind of failure, which determines how it is handled.
    pub kind: EngineErrorKind,
    /// The message of Temporal or of the connection. For logs; clients may see it for the kinds that
    /// concern their own request.
    pub message: String,
    /// The failure with which the workflow responded to a query.
    pub failure: Option<Box<Failure>>,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineErrorKind {
    /// Temporal can't be reached or is not ready, or the connection broke.
    Unavailable,
    /// Temporal rejected the request because of a limit.
    Busy,
    /// No response in time.
    Timeout,
    /// No such workflow, run or namespace.
    NotFound,
    /// A workflow of this id is running.
    AlreadyStarted,
    /// The workflow is closed, so it accepts no messages.
    Closed,
    /// The workflow responded to a query with a failure, or has no query of that name.
    QueryFailed,
    /// The request is invalid.
    Invalid,
    /// Credentials are missing, invalid, or lack a permission.
    Denied,
    /// History continued in another branch (a failover): it must be read again.
    BranchChanged,
    /// This node is stopping.
    Stopping,
    /// Anything else.
    Internal,
}

impl EngineError {
    /// Returns an error of this kind.
    pub fn new(kind: EngineErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            failure: None,
        }
    }

    /// Adds the workflow's own failure.
    #[must_use]
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.failure = Some(Box::new(failure));
        self
    }

    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        use EngineErrorKind::{Busy, Internal, Timeout, Unavailable};
        matches!(self.kind, Unavailable | Busy | Timeout | Internal)
    }
}

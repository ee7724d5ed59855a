//! What can go wrong between the gateway and Temporal.

use fast_temporal_protocol::Failure;

/// A request to Temporal that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}: {message}")]
pub struct EngineError {
    /// What kind of failure, which decides what is done about it.
    pub kind: EngineErrorKind,
    /// What Temporal or the connection said. For logs; may be shown to clients for the kinds that
    /// speak of their own request.
    pub message: String,
    /// What the workflow itself says went wrong, where it answered a query with that.
    pub failure: Option<Box<Failure>>,
}

/// What kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineErrorKind {
    /// Temporal can't be reached or is not ready, or the connection broke.
    Unavailable,
    /// Temporal refused the request as one too many.
    Busy,
    /// No answer in time.
    Timeout,
    /// No such workflow, run or namespace.
    NotFound,
    /// A workflow of that id runs already.
    AlreadyStarted,
    /// The workflow is over, so nothing can be sent to it.
    Closed,
    /// The workflow answered a query with a failure, or knows none of that name.
    QueryFailed,
    /// The request itself is wrong.
    Invalid,
    /// Credentials are missing, wrong or too weak.
    Denied,
    /// History went on in another branch (a failover): what was read must be read again.
    BranchChanged,
    /// This node stops.
    Stopping,
    /// Anything else.
    Internal,
}

impl EngineError {
    /// A failure of that kind.
    pub fn new(kind: EngineErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            failure: None,
        }
    }

    /// The same, with what the workflow itself says went wrong.
    #[must_use]
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.failure = Some(Box::new(failure));
        self
    }

    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        use EngineErrorKind::{Busy, Internal, Timeout, Unavailable};
        matches!(self.kind, Unavailable | Busy | Timeout | Internal)
    }
}

//! The requests of a subscriber: a seam between it and Temporal.

use std::{fmt, sync::Arc};

use crate::streaming::wire::{PollInput, PollResult};

/// A workflow's stream, as a subscriber sees it.
pub trait Source: Send + Sync + 'static {
    /// Waits for items of a run; `None` is the current run. A retried poll has the same update id,
    /// so that it joins the one that may still be waiting.
    fn poll(
        &self,
        run_id: Option<&str>,
        update_id: &str,
        input: &PollInput,
    ) -> impl Future<Output = Result<PollResponse, PollFailure>> + Send;

    /// Returns the available items of a run without waiting; `None` is the current run.
    fn read(
        &self,
        run_id: Option<&str>,
        input: &PollInput,
    ) -> impl Future<Output = Result<PollResult, SourceError>> + Send;

    /// Describes a run; `None` is the current run.
    fn describe(
        &self,
        run_id: Option<&str>,
    ) -> impl Future<Output = Result<Run, SourceError>> + Send;
}

/// The response to a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollResponse {
    /// The run that responded, if known.
    pub run_id: Option<String>,
    /// The items and the next offset.
    pub result: PollResult,
}

/// A run of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub run_id: String,
    /// Whether it is open.
    pub state: RunState,
}

/// Whether a run is open, and if not, whether another one continues it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// The run is open.
    Running,
    /// Another run continues it.
    ContinuedAsNew {
        /// The id of that run.
        next_run_id: String,
    },
    /// The run has closed. A run that a retry policy, a schedule or a reset starts has another
    /// stream.
    Closed,
}

/// Why a poll returned no result.
#[derive(Clone, Debug)]
pub enum PollFailure {
    /// The stream no longer contains the requested offset.
    Truncated,
    /// The stream drains. Its items can be read by query.
    Draining {
        /// The run that responded, if known.
        run_id: Option<String>,
    },
    /// Any other failure.
    Failed {
        /// The run that had accepted the poll, if any.
        run_id: Option<String>,
        /// The cause.
        error: SourceError,
    },
}

/// Why a request failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// The workflow does not exist, or has closed.
    NotFound(Arc<dyn std::error::Error + Send + Sync>),
    /// The workflow has no handler for the request.
    NoHandler(Arc<dyn std::error::Error + Send + Sync>),
    /// The workflow has reached its limit of updates.
    Busy(Arc<dyn std::error::Error + Send + Sync>),
    /// A retry may succeed.
    Retryable(Arc<dyn std::error::Error + Send + Sync>),
    /// A retry can't succeed.
    Permanent(Arc<dyn std::error::Error + Send + Sync>),
}

impl SourceError {
    fn cause(&self) -> &Arc<dyn std::error::Error + Send + Sync> {
        match self {
            Self::NotFound(cause)
            | Self::NoHandler(cause)
            | Self::Busy(cause)
            | Self::Retryable(cause)
            | Self::Permanent(cause) => cause,
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause().fmt(f)
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().source()
    }
}

//! What a subscriber asks of Temporal.

use std::{fmt, sync::Arc};

use crate::stream::wire::{PollAnswer, PollInput};

/// A workflow's stream, as a subscriber sees it.
pub trait Source: Send + Sync + 'static {
    /// Waits for items of a run, the current one where that is `None`. A poll that failed and is
    /// tried again comes with the same id, so that it joins the one that may still be waiting.
    fn poll(
        &self,
        run_id: Option<&str>,
        update_id: &str,
        input: &PollInput,
    ) -> impl Future<Output = Result<Polled, PollFailure>> + Send;

    /// Reads what a run holds, the current one where that is `None`, without waiting.
    fn read(
        &self,
        run_id: Option<&str>,
        input: &PollInput,
    ) -> impl Future<Output = Result<PollAnswer, SourceError>> + Send;

    /// How a run stands, the current one where that is `None`.
    fn describe(
        &self,
        run_id: Option<&str>,
    ) -> impl Future<Output = Result<Run, SourceError>> + Send;
}

/// What a poll gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polled {
    /// The run that answered, where that is known.
    pub run_id: Option<String>,
    /// Its answer.
    pub answer: PollAnswer,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub run_id: String,
    /// How it stands.
    pub state: RunState,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It has not ended.
    Running,
    /// Another run goes on for it.
    ContinuedAsNew {
        /// That run.
        next_run_id: String,
    },
    /// It has ended. Where it is tried again, by a policy, a schedule or a reset, that is another
    /// stream.
    Closed,
}

/// Why a poll gave nothing.
#[derive(Clone, Debug)]
pub enum PollFailure {
    /// What was asked for is no longer held.
    Truncated,
    /// The workflow lets its readers go for a while. What it holds can be read.
    Draining {
        /// The run that says so, where that is known.
        run_id: Option<String>,
    },
    /// Anything else.
    Failed {
        /// The run that had taken the poll, if one had.
        run_id: Option<String>,
        /// What went wrong.
        error: SourceError,
    },
}

/// Why a request failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no such workflow, or it has ended.
    NotFound(Arc<dyn std::error::Error + Send + Sync>),
    /// The workflow has no handler for it.
    NoHandler(Arc<dyn std::error::Error + Send + Sync>),
    /// Too much is asked of the workflow: it has as many polls as it takes.
    Busy(Arc<dyn std::error::Error + Send + Sync>),
    /// It may succeed later.
    Retryable(Arc<dyn std::error::Error + Send + Sync>),
    /// It would fail again.
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

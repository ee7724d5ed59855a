//! The error of a subscriber.

use std::time::Duration;

use super::source::SourceError;
use crate::streaming::wire::WireError;

/// Why a subscriber ended before its stream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// No workflow with this id exists.
    #[error("the workflow does not exist: {0}")]
    NotFound(#[source] SourceError),
    /// The workflow rejects polls, for instance because it has no stream.
    #[error("the workflow rejects polls: {0}")]
    Rejected(#[source] SourceError),
    /// All polls failed within the retry limit.
    #[error("cannot poll the workflow for {limit:?}: {source}")]
    Unreachable {
        /// The retry limit.
        limit: Duration,
        /// The failure of the last attempt.
        source: SourceError,
    },
    /// The workflow has closed, and has no query for its remaining items: an early implementation
    /// of streams.
    #[error("run {run_id} has closed, and its workflow has no query to read the remaining items")]
    TailUnreadable {
        /// The run.
        run_id: String,
    },
    /// An item is invalid. All items before it were returned; to skip it, start at the next offset.
    #[error("invalid item at offset {offset}: {source}")]
    Malformed {
        /// Its offset.
        offset: u64,
        /// The cause.
        source: WireError,
    },
}

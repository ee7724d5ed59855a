//! Why a subscriber ends before its stream.

use std::time::Duration;

use super::source::SourceError;
use crate::stream::wire::WireError;

/// Why nothing more comes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// There is no workflow with this id.
    #[error("there is no such workflow: {0}")]
    NotFound(#[source] SourceError),
    /// The workflow refuses to be polled: it holds no stream, say.
    #[error("the workflow refuses to be polled: {0}")]
    Refused(#[source] SourceError),
    /// Polls failed for as long as was to be tried.
    #[error("the workflow could not be polled for {limit:?}: {source}")]
    Unreachable {
        /// For how long was tried.
        limit: Duration,
        /// How the last try failed.
        source: SourceError,
    },
    /// The workflow has ended, and does not say what it still held: an early implementation, which
    /// knows no query for that.
    #[error("run {run_id} has ended and can't be asked for its last items")]
    TailUnreadable {
        /// The run.
        run_id: String,
    },
    /// What came as an item is none. All before it were given; to leave it out, begin at the next
    /// offset.
    #[error("the item at offset {offset} can't be read: {source}")]
    Malformed {
        /// Its place.
        offset: u64,
        /// What is wrong with it.
        source: WireError,
    },
}

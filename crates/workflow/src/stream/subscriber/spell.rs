//! For how long polls have been failing, and how long to wait before the next one.

use std::time::Duration;

use tokio::time::Instant;

use crate::stream::backoff::Backoff;

/// The longest that the SDK's client waits for one answer: its limit for long polls.
const LONGEST_REQUEST: Duration = Duration::from_secs(70);

/// Failures that follow each other.
#[derive(Debug, Default)]
pub(super) struct Spell {
    since: Option<Instant>,
    backoff: Backoff,
}

impl Spell {
    /// An answer came.
    pub(super) fn end(&mut self) {
        self.since = None;
        self.backoff.reset();
    }

    /// The workflow refused, so it is there: how long to wait before the next try, which grows as
    /// it may refuse for long.
    pub(super) fn refused(&mut self) -> Duration {
        self.since = None;
        self.backoff.next_wait()
    }

    /// A poll failed after it had waited. That begins a new spell where the wait itself was well:
    /// the workflow had taken the poll, or it lasted longer than any request does that goes
    /// unanswered.
    pub(super) fn poll_failed(&mut self, was_taken: bool, lasted: Duration) {
        if was_taken || lasted > LONGEST_REQUEST {
            self.since = None;
        }
        if lasted > LONGEST_REQUEST {
            self.backoff.reset();
        }
    }

    /// How long to wait before the next try; `None` where that has gone on for too long.
    pub(super) fn next_wait(&mut self, limit: Duration) -> Option<Duration> {
        let since = *self.since.get_or_insert_with(Instant::now);
        (since.elapsed() < limit).then(|| self.backoff.next_wait())
    }
}

//! When publishers and subscribers retry a request: which failures, after which pause, and for how
//! long.
//!
//! This crate does not share the gateway's backoff, because workers depend on no gateway crate but
//! `fast-temporal-protocol`.

use std::time::Duration;

use temporalio_client::tonic::{Code, Status};
use tokio::time::Instant;

/// The pause after the first failure, before jitter.
const INITIAL_BACKOFF: Duration = Duration::from_millis(100);
/// The longest pause, before jitter.
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// The longest time that the SDK's client waits for one response: its limit for long polls.
const LONGEST_REQUEST: Duration = Duration::from_secs(70);

/// Exponential backoff from 100 ms to 5 s. Each pause is between 50 % and 100 % of the exponential
/// value, so that clients that failed together do not retry together.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    fn reset(&mut self) {
        self.failures = 0;
    }

    pub(super) fn next_pause(&mut self) -> Duration {
        let full = MAX_BACKOFF.min(INITIAL_BACKOFF * 2_u32.pow(self.failures.min(10)));
        self.failures = self.failures.saturating_add(1);
        full.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

/// Returns a pause that is up to 25 % longer, for subscribers that received a response together.
pub(super) fn with_jitter(pause: Duration) -> Duration {
    pause.mul_f64(1.0 + fastrand::f64() / 4.0)
}

/// Consecutive failures of a subscriber's requests.
#[derive(Debug, Default)]
pub(super) struct FailureStreak {
    since: Option<Instant>,
    backoff: Backoff,
}

impl FailureStreak {
    /// Records a successful request.
    pub(super) fn end(&mut self) {
        self.since = None;
        self.backoff.reset();
    }

    /// Records that the workflow rejected a poll, and returns the pause before the next one. The
    /// workflow is reachable, so the streak ends; the pause grows, because the workflow may reject
    /// polls for long.
    pub(super) fn rejected(&mut self) -> Duration {
        self.since = None;
        self.backoff.next_pause()
    }

    /// Records a poll that failed after `elapsed`. The streak starts again if the workflow had
    /// accepted the poll, or if the poll lasted longer than any unanswered request can.
    pub(super) fn poll_failed(&mut self, was_accepted: bool, elapsed: Duration) {
        if was_accepted || elapsed > LONGEST_REQUEST {
            self.since = None;
        }
        if elapsed > LONGEST_REQUEST {
            self.backoff.reset();
        }
    }

    /// Returns the pause before the next attempt, or `None` if the streak has exceeded `limit`.
    pub(super) fn next_pause(&mut self, limit: Duration) -> Option<Duration> {
        let since = *self.since.get_or_insert_with(Instant::now);
        (since.elapsed() < limit).then(|| self.backoff.next_pause())
    }
}

/// Whether a request may succeed later: the codes that Temporal's clients retry, and an exceeded
/// deadline, because sending the same request twice is harmless here.
pub(super) fn is_retryable(status: &Status) -> bool {
    match status.code() {
        Code::ResourceExhausted => !status.message().contains("message larger than max"),
        code => matches!(
            code,
            Code::Aborted
                | Code::Cancelled
                | Code::DataLoss
                | Code::DeadlineExceeded
                | Code::Internal
                | Code::OutOfRange
                | Code::Unavailable
                | Code::Unknown
        ),
    }
}

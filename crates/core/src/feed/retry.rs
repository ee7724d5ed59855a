//! How often a failed request is retried.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::config::FeedConfig;
use crate::{Backoff, EngineError, EngineErrorKind};

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The backoff of everything that a feed reads from Temporal.
pub(crate) fn backoff() -> Backoff {
    Backoff::new(FIRST_WAIT, LONGEST_WAIT)
}

/// The retries of one request, or of several that only matter together. A temporary error is
/// retried for as long as it lasts. A fault is not: it may be permanent.
#[derive(Debug)]
pub(crate) struct Retry {
    max_faults: u32,
    fault_time: Duration,
    backoff: Backoff,
    faults: u32,
    first_fault: Option<Instant>,
}

impl Retry {
    pub(crate) fn new(config: &FeedConfig) -> Self {
        Self {
            max_faults: config.max_faults,
            fault_time: config.fault_time,
            backoff: backoff(),
            faults: 0,
            first_fault: None,
        }
    }

    /// Starts again after a success: only faults in a row count.
    pub(crate) fn reset(&mut self) {
        self.backoff.reset();
        self.faults = 0;
        self.first_fault = None;
    }

    /// Returns the wait before the next attempt.
    ///
    /// # Errors
    /// Returns the error if it must not be retried.
    pub(crate) fn wait_after(&mut self, error: EngineError) -> Result<Duration, EngineError> {
        use EngineErrorKind::{BranchChanged, Busy, Internal, Timeout, Unavailable};
        match error.kind {
            Unavailable | Busy | Timeout => {}
            // History that continues in yet another branch each time is a fault, too.
            Internal | BranchChanged => {
                self.faults = self.faults.saturating_add(1);
                let since = self.first_fault.get_or_insert_with(Instant::now).elapsed();
                if self.faults >= self.max_faults && since >= self.fault_time {
                    return Err(error);
                }
            }
            _ => return Err(error),
        }
        Ok(self.backoff.next_wait())
    }

    /// Waits for the next attempt to read a chain's structure.
    pub(crate) async fn pause(&mut self, error: EngineError) -> Result<(), EngineError> {
        debug!(%error, "cannot read how the chain continues");
        sleep(self.wait_after(error)?).await;
        Ok(())
    }
}

//! How often a request that failed is made again.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::FeedConfig;
use crate::{Backoff, EngineError, EngineErrorKind};

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The backoff of everything that a feed reads from Temporal.
pub(super) fn backoff() -> Backoff {
    Backoff::new(FIRST_WAIT, LONGEST_WAIT)
}

/// The tries of one request, or of several that only matter together. What passes by itself is
/// tried through for as long as it takes. A fault is not: it may be there to stay.
#[derive(Debug)]
pub(super) struct Retry {
    max_faults: u32,
    fault_time: Duration,
    backoff: Backoff,
    faults: u32,
    first_fault: Option<Instant>,
}

impl Retry {
    pub(super) fn new(config: &FeedConfig) -> Self {
        Self {
            max_faults: config.max_faults,
            fault_time: config.fault_time,
            backoff: backoff(),
            faults: 0,
            first_fault: None,
        }
    }

    /// A try succeeded: what comes next is not in a row with what was before.
    pub(super) fn reset(&mut self) {
        self.backoff.reset();
        self.faults = 0;
        self.first_fault = None;
    }

    /// How long to wait before the next try. Gives the error back where there is to be none.
    pub(super) fn wait_after(&mut self, error: EngineError) -> Result<Duration, EngineError> {
        use EngineErrorKind::{BranchChanged, Busy, Internal, Timeout, Unavailable};
        match error.kind {
            Unavailable | Busy | Timeout => {}
            // History that goes on in yet another branch each time is a fault, too.
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

    /// Waits for the next try of what is asked of the chain.
    pub(super) async fn pause(&mut self, error: EngineError) -> Result<(), EngineError> {
        debug!(%error, "can't tell how the chain goes on");
        sleep(self.wait_after(error)?).await;
        Ok(())
    }
}

//! How a publisher goes about it.

use std::time::Duration;

use crate::stream::host::PUBLISHER_TTL;

/// The longest that a batch is tried. The last try may be a while on its way.
const MAX_RETRY_LIMIT: Duration = PUBLISHER_TTL.saturating_sub(Duration::from_mins(1));

/// When batches are sent, how much may wait, and for how long is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublisherConfig {
    /// The least time between two batches, 100 ms by default. The first item after a pause does not
    /// wait. Each batch is a signal: four events of the workflow's history, of which a run
    /// holds some 50,000, and one of its 10,000 signals.
    pub batch_interval: Duration,
    /// A batch of that many items goes at once, 500 by default.
    pub max_batch_items: usize,
    /// So does one of so much text, 256 KiB by default. An item may exceed it, up to 1 MB.
    pub max_batch_bytes: usize,
    /// How many items may wait beside those of the batch that is being gathered or sent, which are up
    /// to `max_batch_items` more, 1,000 by default; then `publish` waits.
    pub queue_items: usize,
    /// How much text may wait to be sent, that of the batch included, 4 MiB by default.
    pub queue_bytes: usize,
    /// For how long a batch is tried, 10 minutes by default. More than 14 minutes count as 14: after
    /// 15, unless it was told otherwise, a workflow that continues as new forgets the publisher, and
    /// would take a batch twice.
    pub retry_limit: Duration,
    /// For how long closing may take, 30 s by default.
    pub close_limit: Duration,
}

impl Default for PublisherConfig {
    fn default() -> Self {
        Self {
            batch_interval: Duration::from_millis(100),
            max_batch_items: 500,
            max_batch_bytes: 256 << 10,
            queue_items: 1000,
            queue_bytes: 4 << 20,
            retry_limit: Duration::from_mins(10),
            close_limit: Duration::from_secs(30),
        }
    }
}

impl PublisherConfig {
    /// For how long a batch is tried at most.
    pub(super) fn effective_retry_limit(&self) -> Duration {
        self.retry_limit.min(MAX_RETRY_LIMIT)
    }
}

//! The limits of a publisher.

use std::time::Duration;

use crate::streaming::stream_state::PUBLISHER_TTL;

/// The maximum retry time of a batch. The last attempt can arrive a little later.
const MAX_RETRY_LIMIT: Duration = PUBLISHER_TTL.saturating_sub(Duration::from_mins(1));

/// When a publisher sends batches, how much it queues, and for how long it retries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublisherConfig {
    /// The minimum time between two batches, 100 ms by default. The first item after a pause does
    /// not wait. Each batch is a signal, which adds four events to the workflow's history; a run is
    /// limited to about 50,000 events and 10,000 signals.
    pub batch_interval: Duration,
    /// The number of items at which a batch is sent at once, 500 by default.
    pub max_batch_items: usize,
    /// The number of bytes at which a batch is sent at once, 256 KiB by default. A single item can
    /// be larger, up to 1 MB.
    pub max_batch_bytes: usize,
    /// The maximum number of queued items, 1,000 by default. The current batch, of up to
    /// `max_batch_items`, does not count. If the queue is full, `publish` waits.
    pub queue_items: usize,
    /// The maximum number of queued bytes, including the current batch, 4 MiB by default.
    pub queue_bytes: usize,
    /// For how long a batch is retried, 10 minutes by default and 14 at most: a workflow that
    /// continues as new forgets a publisher after 15 silent minutes, and would accept a batch
    /// twice.
    pub retry_limit: Duration,
    /// The maximum time for closing, 30 s by default.
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
    /// Returns the retry limit, capped at 14 minutes.
    pub(super) fn effective_retry_limit(&self) -> Duration {
        self.retry_limit.min(MAX_RETRY_LIMIT)
    }
}

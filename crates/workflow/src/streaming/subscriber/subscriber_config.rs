//! The topics, start and limits of a subscriber.

use std::time::Duration;

/// What a subscriber reads, and how often it polls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberConfig {
    /// The topics; empty for all.
    pub topics: Vec<String>,
    /// The offset to start at. 0 means the first item in the stream.
    pub from_offset: u64,
    /// The minimum time between two polls once all items are read, 100 ms by default. Up to 25 %
    /// jitter is added, so that subscribers of the same items do not poll together. Each poll is an
    /// update, which adds five events to the workflow's history; a run accepts 2,000 updates.
    pub cooldown: Duration,
    /// For how long consecutive failed polls are retried, 10 minutes by default. A poll that the
    /// workflow had accepted restarts that time.
    pub retry_limit: Duration,
}

impl Default for SubscriberConfig {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            from_offset: 0,
            cooldown: Duration::from_millis(100),
            retry_limit: Duration::from_mins(10),
        }
    }
}

impl SubscriberConfig {
    /// Creates a configuration for these topics.
    pub fn topics<I: IntoIterator<Item: Into<String>>>(topics: I) -> Self {
        Self {
            topics: topics.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

//! What a subscriber reads, and how.

use std::time::Duration;

/// What is read, and at which pace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberConfig {
    /// The topics; all where there are none.
    pub topics: Vec<String>,
    /// The offset to begin at. 0 means the first item that the workflow still holds.
    pub from_offset: u64,
    /// The least time between two polls once all is read, 100 ms by default; up to a quarter more, so
    /// that those who read the same do not all come back at once. Each poll is an update:
    /// five events of the workflow's history, and a run takes 2,000 of them.
    pub cooldown: Duration,
    /// For how long polls that fail one after the other are tried again, 10 minutes by default. One
    /// that the workflow had taken before it failed begins that time anew.
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
    /// Reads these topics.
    pub fn topics<I: IntoIterator<Item: Into<String>>>(topics: I) -> Self {
        Self {
            topics: topics.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

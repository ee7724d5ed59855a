//! How workflows are followed.

use std::time::Duration;

use fast_temporal_core::FeedConfig;

use super::{
    reader::{Reader, kind},
    setting::settings,
};

settings! {
    FEED in "feed": "How workflows are followed.";

    /// How long a workflow is followed after its last reader left.
    LINGER = "FAST_TEMPORAL_LINGER_SECONDS", key "feed.linger_seconds", default "10";

    /// How many of a workflow's latest events are kept in memory. What is older is read again from
    /// Temporal.
    RING_EVENTS = "FAST_TEMPORAL_RING_EVENTS", key "feed.ring_events", default "1024";

    /// How many bytes of a workflow's latest events are kept in memory.
    RING_BYTES = "FAST_TEMPORAL_RING_BYTES", key "feed.ring_bytes", default "1048576";

    /// How many bytes of older events may be held at once that are read again, for all workflows
    /// together.
    REPLAY_BYTES = "FAST_TEMPORAL_REPLAY_BYTES", key "feed.replay_bytes", default "67108864";

    /// How many reads of history may be open at once. Temporal serves a limited number of them for
    /// all nodes and workers of a namespace together (1,200 for each of its frontends by default).
    /// Workflows beyond it take turns.
    OPEN_POLLS = "FAST_TEMPORAL_OPEN_POLLS", key "feed.open_polls", default "300";

    /// How often Temporal's visibility is asked for workflows of connected users that another node
    /// started.
    DISCOVERY_INTERVAL = "FAST_TEMPORAL_DISCOVERY_INTERVAL_SECONDS",
        key "feed.discovery_interval_seconds", default "5";

    /// How long a workflow may wait for a worker before its clients are told.
    WAITING_AFTER = "FAST_TEMPORAL_WAITING_AFTER_SECONDS", key "feed.waiting_after_seconds",
        default "10";

    /// How often at most Temporal is asked how a workflow's running activities stand, while a client
    /// wants to know their progress. Events are never polled for: they arrive when they happen,
    /// whatever this says.
    PACE = "POLLING_INTERVAL", key "feed.polling_interval_seconds", default "2";
}

/// How workflows are followed.
#[derive(Clone, Debug)]
pub struct FeedSettings {
    /// `LINGER`.
    pub linger: Duration,
    /// `RING_EVENTS`.
    pub ring_events: usize,
    /// `RING_BYTES`.
    pub ring_bytes: usize,
    /// `REPLAY_BYTES`.
    pub replay_bytes: usize,
    /// `OPEN_POLLS`.
    pub open_polls: usize,
    /// `DISCOVERY_INTERVAL`.
    pub discovery_interval: Duration,
    /// `WAITING_AFTER`.
    pub waiting_after: Duration,
    /// `PACE`.
    pub pace: Duration,
}

impl FeedSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let replay_bytes = kind::whole(1024 * 1024..=64 * 1024 * 1024 * 1024);
        let ring_bytes = kind::whole(64 * 1024..=1024 * 1024 * 1024);
        Self {
            linger: reader.or(&LINGER, &kind::seconds(0.0..=3600.0)),
            ring_events: reader.or(&RING_EVENTS, &kind::whole(16..=1_000_000)),
            ring_bytes: reader.or(&RING_BYTES, &ring_bytes),
            replay_bytes: reader.or(&REPLAY_BYTES, &replay_bytes),
            open_polls: reader.or(&OPEN_POLLS, &kind::whole(1..=100_000)),
            discovery_interval: reader.or(&DISCOVERY_INTERVAL, &kind::seconds(0.5..=3600.0)),
            waiting_after: reader.or(&WAITING_AFTER, &kind::seconds(0.1..=86400.0)),
            pace: reader.or(&PACE, &kind::seconds(0.01..=3600.0)),
        }
    }

    /// The same for the feeds.
    pub fn config(&self) -> FeedConfig {
        FeedConfig {
            linger: self.linger,
            ring_events: self.ring_events,
            ring_bytes: self.ring_bytes,
            replay_bytes: self.replay_bytes,
            open_polls: self.open_polls,
            progress_interval: self.pace,
            ..FeedConfig::default()
        }
    }
}

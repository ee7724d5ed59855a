//! How workflows are followed.

use std::time::Duration;

use fast_temporal_core::FollowConfig;

use super::reader::{Reader, kind};

/// How workflows are followed.
#[derive(Clone, Debug)]
pub struct FeedSettings {
    /// How long a workflow is followed after its last reader left.
    /// `FAST_TEMPORAL_LINGER_SECONDS`; default 10.
    pub linger: Duration,
    /// How many of its latest events are kept in memory. `FAST_TEMPORAL_RING_EVENTS`;
    /// default 1024.
    pub ring_events: usize,
    /// How many bytes of its latest events are kept in memory. `FAST_TEMPORAL_RING_BYTES`;
    /// default 1048576.
    pub ring_bytes: usize,
    /// How often Temporal's visibility is asked for workflows of connected users that another
    /// node started. `FAST_TEMPORAL_DISCOVERY_INTERVAL_SECONDS`; default 5.
    pub discovery_interval: Duration,
    /// How long a workflow may wait for a worker before its clients are told.
    /// `FAST_TEMPORAL_WAITING_AFTER_SECONDS`; default 10.
    pub waiting_after: Duration,
    /// The pace of what can't be waited for. `POLLING_INTERVAL`, in seconds; default 0.5.
    /// Events are never polled for: they arrive when they happen, whatever this says.
    pub pace: Duration,
}

impl FeedSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            linger: reader.or(
                "FAST_TEMPORAL_LINGER_SECONDS",
                "10",
                &kind::seconds(0.0..=3600.0),
            ),
            ring_events: reader.or(
                "FAST_TEMPORAL_RING_EVENTS",
                "1024",
                &kind::whole(16..=1_000_000),
            ),
            ring_bytes: reader.or(
                "FAST_TEMPORAL_RING_BYTES",
                "1048576",
                &kind::whole(64 * 1024..=1024 * 1024 * 1024),
            ),
            discovery_interval: reader.or(
                "FAST_TEMPORAL_DISCOVERY_INTERVAL_SECONDS",
                "5",
                &kind::seconds(0.5..=3600.0),
            ),
            waiting_after: reader.or(
                "FAST_TEMPORAL_WAITING_AFTER_SECONDS",
                "10",
                &kind::seconds(0.1..=86400.0),
            ),
            pace: reader.or("POLLING_INTERVAL", "0.5", &kind::seconds(0.01..=3600.0)),
        }
    }

    /// The same for the feeds.
    pub fn config(&self) -> FollowConfig {
        FollowConfig {
            linger: self.linger,
            ring_events: self.ring_events,
            ring_bytes: self.ring_bytes,
            ..FollowConfig::default()
        }
    }
}

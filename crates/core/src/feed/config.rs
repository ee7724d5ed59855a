//! How much feeds keep, how long, and how often they read.

use std::time::Duration;

use crate::settings::{seconds, whole};

const MIB: usize = 1024 * 1024;

crate::settings! {
    /// Settings of followers and feeds.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FeedConfig {
        /// How long the gateway follows a workflow after its last subscriber left.
        pub linger: Duration = Duration::from_secs(10)
            => ["feed.linger_seconds", "FAST_TEMPORAL_LINGER_SECONDS", seconds(0.0..=3600.0)],

        /// Number of recent events kept in memory per workflow. The gateway reads older events from Temporal again.
        pub ring_events: usize = 1024
            => ["feed.ring_events", "FAST_TEMPORAL_RING_EVENTS", whole(16..=1_000_000)],

        /// Maximum size in bytes of the recent events kept in memory per workflow. The newest event is always kept.
        pub ring_bytes: usize = MIB
            => ["feed.ring_bytes", "FAST_TEMPORAL_RING_BYTES", whole(64 * 1024..=1024 * MIB)],

        /// Number of events between two positions from which a replay can start.
        pub checkpoint_events: usize = 512,

        /// Maximum size in bytes of the older events kept in memory after rereading them, for all workflows together.
        pub replay_bytes: usize = 64 * MIB
            => ["feed.replay_bytes", "FAST_TEMPORAL_REPLAY_BYTES", whole(MIB..=65536 * MIB)],

        /// Maximum number of concurrent replays.
        pub concurrent_replays: usize = 8,

        /// Maximum number of concurrent long-polls for history. Temporal limits them per namespace, for all nodes and
        /// workers together (by default 1,200 for each of its frontends). Workflows beyond this number take turns.
        pub open_polls: usize = 300
            => ["feed.open_polls", "FAST_TEMPORAL_OPEN_POLLS", whole(1..=100_000)],

        /// How long a follower keeps its poll open while other followers wait for one.
        pub poll_turn: Duration = Duration::from_secs(1),

        /// Number of consecutive [`Internal`](crate::EngineErrorKind::Internal) errors after which a feed fails, once
        /// [`fault_time`](Self::fault_time) has passed too. Temporary errors (Temporal unavailable, overloaded or
        /// slow) never count.
        pub max_faults: u32 = 10,

        /// Minimum time for which a feed retries after internal errors.
        pub fault_time: Duration = Duration::from_mins(1),

        /// Minimum time between two requests to Temporal for the progress of a workflow's running activities, while a
        /// client subscribes to progress. Events are never polled at an interval: they arrive when they happen.
        pub progress_interval: Duration = Duration::from_secs(2)
            => ["feed.progress_interval_seconds", "POLLING_INTERVAL", seconds(0.01..=3600.0)],

        /// Maximum number of progress requests in a second. Beyond it, each workflow's progress is read less often.
        pub progress_requests_per_second: u32 = 50,

        /// Minimum time between two reads of a workflow's own stream.
        pub stream_interval: Duration = Duration::from_millis(50),

        /// Maximum number of reads of workflow streams in a second.
        pub stream_requests_per_second: u32 = 100,

        /// Maximum size in bytes of the end of a workflow stream that a feed keeps, and of the items kept for
        /// subscribers that lag. The most recent response is kept in addition.
        pub stream_bytes: usize = MIB,
    }
}

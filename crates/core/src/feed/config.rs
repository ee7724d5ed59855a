//! How much a feed keeps, and how long.

use std::time::Duration;

/// How followers and feeds work. The defaults are the product's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedConfig {
    /// How many events a ring holds.
    pub ring_events: usize,
    /// How many bytes of encoded events a ring holds; it always holds the newest event.
    pub ring_bytes: usize,
    /// After how many events a place is kept from which a replay can start.
    pub checkpoint_events: usize,
    /// How long a feed is followed after its last reader left.
    pub linger: Duration,
    /// How many reads of history may be open at once on this node.
    pub open_polls: usize,
    /// How long a follower keeps its poll open where others wait for one.
    pub turn: Duration,
    /// How many replays may read at once on this node.
    pub rereads: usize,
    /// How many bytes of encoded events the replays of all feeds on this node keep for their
    /// readers, besides what is just being read.
    pub replay_bytes: usize,
    /// After how many faults in a row ([`Internal`](crate::EngineErrorKind::Internal)) a feed
    /// fails, where these took at least [`fault_time`](Self::fault_time). What passes by itself
    /// (Temporal away, busy or slow) never counts.
    pub max_faults: u32,
    /// For how long at least faults are tried through.
    pub fault_time: Duration,
    /// How often at most a workflow is asked how its running activities stand, give or take a
    /// tenth, while somebody wants to know.
    pub progress_interval: Duration,
    /// How many workflows this node asks that in a second, at most. Beyond that, each is asked less
    /// often.
    pub progress_requests_per_second: u32,
    /// How soon at the earliest a workflow is asked again what its stream holds.
    pub stream_interval: Duration,
    /// How many workflows this node asks that in a second, at most.
    pub stream_requests_per_second: u32,
    /// How many bytes of a workflow's stream a feed keeps for its readers, besides the answer that
    /// came last: so many of the stream's end, and as many of what readers are behind by.
    pub stream_bytes: usize,
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self {
            ring_events: 1024,
            ring_bytes: 1024 * 1024,
            checkpoint_events: 512,
            linger: Duration::from_secs(10),
            open_polls: 300,
            turn: Duration::from_secs(1),
            rereads: 8,
            replay_bytes: 64 * 1024 * 1024,
            max_faults: 10,
            fault_time: Duration::from_mins(1),
            progress_interval: Duration::from_secs(2),
            progress_requests_per_second: 50,
            stream_interval: Duration::from_millis(50),
            stream_requests_per_second: 100,
            stream_bytes: 1024 * 1024,
        }
    }
}

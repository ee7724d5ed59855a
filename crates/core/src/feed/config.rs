//! How much a feed keeps, and how long.

use std::time::Duration;

/// How followers and feeds work. The defaults are the product's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowConfig {
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
}

impl Default for FollowConfig {
    fn default() -> Self {
        Self {
            ring_events: 1024,
            ring_bytes: 1024 * 1024,
            checkpoint_events: 512,
            linger: Duration::from_secs(10),
            open_polls: 300,
            turn: Duration::from_secs(1),
            rereads: 8,
        }
    }
}

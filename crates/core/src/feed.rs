//! The ordered events of one chain, read by any number of subscribers at their own pace.
//!
//! The [registry] has one [`FollowedFeed`](followed_feed::FollowedFeed) per chain. Its follower
//! tails history into the bounded ring of a [log]; a [subscription] reads the ring, or, if that
//! begins too late for it, a [replay] that it shares with others. Replays, [activity
//! progress](progress) and [workflow streams](workflow_stream) are services that know nothing of a
//! feed but, at most, a narrow [view of its log](log::view).
//!
//! # Locks
//!
//! Every lock is held for a few instructions and never across an await. Only these are taken
//! while another one is held, in this order:
//!
//! 1. [`table`]: the log, and the number of subscribers;
//! 2. [replay index](replay::index): the segment cache;
//! 3. [`on_demand`]: the state of the workflow stream or the snapshot of activities.

pub(crate) mod budget;
pub(crate) mod chain;
pub(crate) mod chain_path;
pub(crate) mod config;
pub(crate) mod entry;
pub(crate) mod feed_update;
pub(crate) mod followed_feed;
pub(crate) mod follower;
pub(crate) mod log;
pub(crate) mod node;
pub(crate) mod on_demand;
pub(crate) mod progress;
pub(crate) mod registry;
pub(crate) mod replay;
pub(crate) mod retry;
pub(crate) mod subscription;
pub(crate) mod table;
pub(crate) mod workflow_stream;

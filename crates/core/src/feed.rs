//! The ordered events of one chain, read by any number of readers at their own pace.
//!
//! A [`Registry`] holds a [`Feed`](log::Feed) per followed chain. Its follower tails history into
//! a bounded ring; a [`Subscription`] reads the ring, or, where that begins too late for it, a
//! replay that all such readers share.

mod budget;
mod chain;
mod config;
mod entry;
mod follower;
mod host;
mod log;
mod on_demand;
mod progress;
mod registry;
mod replay;
mod retry;
mod ring;
mod runs;
mod subscription;

pub use self::{
    config::FeedConfig,
    entry::{Entry, PayloadAccess},
    progress::ActivityProgress,
    registry::{Registry, SubscribeError},
    subscription::{FeedUpdate, Subscription},
};

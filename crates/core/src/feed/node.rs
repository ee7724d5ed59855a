//! What the feeds of one node share.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    budget::{Pace, PollBudget},
    config::FeedConfig,
};
use crate::Engine;

pub(crate) struct Node {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) config: FeedConfig,
    pub(crate) polls: PollBudget,
    /// One permit for each replay that may read at once.
    pub(crate) replays: Semaphore,
    pub(crate) progress_pace: Pace,
    pub(crate) stream_pace: Pace,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Node {
    pub(crate) fn new(engine: Arc<dyn Engine>, config: FeedConfig) -> Self {
        let replays = config.concurrent_replays.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            engine,
            polls: PollBudget::new(config.open_polls, config.poll_turn),
            replays: Semaphore::new(replays),
            progress_pace: Pace::new(config.progress_requests_per_second),
            stream_pace: Pace::new(config.stream_requests_per_second),
            config,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }
}

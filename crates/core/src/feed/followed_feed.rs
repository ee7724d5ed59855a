//! A feed that this node follows: its log, the services that read beyond it, and its subscribers.

use std::{ops::Deref, sync::Arc};

use tokio::{
    sync::watch,
    time::{Duration, Instant, sleep_until},
};

use super::{
    log::FeedLog, progress::ActivityProgressPoll, replay::Replay, workflow_stream::WorkflowStream,
};

pub(crate) struct FollowedFeed {
    pub(crate) log: Arc<FeedLog>,
    /// Whether the run that it started with was the current one of its workflow id.
    pub(crate) started_at_current_run: bool,
    pub(crate) replay: Replay,
    pub(crate) progress: Arc<ActivityProgressPoll>,
    pub(crate) workflow_stream: Arc<WorkflowStream>,
    pub(crate) subscribers: Subscribers,
}

impl FollowedFeed {
    /// Continues with the chain's next run, or returns to the start of the newest one.
    pub(crate) fn enter_run(&self, run_id: &Arc<str>, after_gap: bool) {
        self.workflow_stream.enter_run(Arc::clone(run_id));
        self.log.enter_run(Arc::clone(run_id), after_gap);
    }

    /// Returns to the start of the newest run, whose history changed.
    pub(crate) fn restart_run(&self, run_id: &Arc<str>, is_live: bool) {
        self.workflow_stream.enter_run(Arc::clone(run_id));
        self.log.restart_run(is_live);
    }
}

/// The number of a feed's subscribers, and since when.
#[derive(Debug)]
pub(crate) struct Subscribers(watch::Sender<(usize, Instant)>);

impl Default for Subscribers {
    fn default() -> Self {
        Self(watch::Sender::new((0, Instant::now())))
    }
}

impl Subscribers {
    pub(crate) fn any(&self) -> bool {
        self.0.borrow().0 > 0
    }

    /// Returns once there has been no subscriber for that long.
    pub(crate) async fn none_for(&self, linger: Duration) {
        let mut changes = self.0.subscribe();
        loop {
            let (count, since) = *changes.borrow_and_update();
            // The sender outlives this future, which borrows it.
            if count > 0 {
                let _ = changes.changed().await;
                continue;
            }
            tokio::select! {
                biased;
                _ = changes.changed() => {}
                () = sleep_until(since + linger) => return,
            }
        }
    }

    fn update(&self, change: impl FnOnce(usize) -> usize) {
        self.0
            .send_modify(|(count, since)| (*count, *since) = (change(*count), Instant::now()));
    }
}

/// A subscriber's reference to a feed, which is followed while there is one.
pub(crate) struct FeedRef(Arc<FollowedFeed>);

impl FeedRef {
    pub(crate) fn new(feed: Arc<FollowedFeed>) -> Self {
        feed.subscribers.update(|count| count + 1);
        Self(feed)
    }
}

impl Clone for FeedRef {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.0))
    }
}

impl Deref for FeedRef {
    type Target = FollowedFeed;

    fn deref(&self) -> &FollowedFeed {
        &self.0
    }
}

impl Drop for FeedRef {
    fn drop(&mut self) {
        self.0.subscribers.update(|count| count.saturating_sub(1));
    }
}

//! The feeds that new subscribers can find, by workflow id and the first run of their chains.

use std::{
    collections::{HashMap, hash_map},
    sync::Arc,
};

use parking_lot::Mutex;

use super::{
    followed_feed::{FeedRef, FollowedFeed},
    log::Phase,
};
use crate::engine::WorkflowDescription;

type Feeds = HashMap<Arc<str>, Vec<Arc<FollowedFeed>>>;

/// A feed that was removed keeps the subscribers that it has.
#[derive(Default)]
pub(crate) struct FeedTable(Mutex<Feeds>);

/// Where a follower starts that may be needed.
pub(crate) struct ChainStart {
    pub(crate) first_run_id: Arc<str>,
    pub(crate) run_id: Arc<str>,
    /// Whether the run is the current one of its workflow id.
    pub(crate) run_is_current: bool,
    /// Whether the chain was started just now, so that it has no past.
    pub(crate) is_new: bool,
}

impl ChainStart {
    pub(crate) fn at_current(run: WorkflowDescription) -> Self {
        Self {
            first_run_id: run.first_run_id,
            run_id: run.run_id,
            run_is_current: true,
            is_new: false,
        }
    }

    /// Whether a feed that is followed already serves instead.
    fn is_served_by(&self, feed: &FollowedFeed) -> bool {
        if feed.log.first_run_id != self.first_run_id {
            return false;
        }
        let log = feed.log.lock();
        let contains_run = log.runs.number(&self.run_id).is_some();
        match log.phase {
            // The feed of an earlier chain may have started after the requested run.
            Phase::Replaying | Phase::Live => self.run_is_current || contains_run,
            // Without the run, the chain continues: a closed workflow was reset.
            Phase::Ended => contains_run,
            Phase::Failed(_) => false,
        }
    }
}

impl FeedTable {
    pub(crate) fn count(&self) -> usize {
        self.0.lock().values().map(Vec::len).sum()
    }

    /// Subscribes to the feed that serves for this start, or to a new one.
    pub(crate) fn subscribe(
        &self,
        workflow_id: &Arc<str>,
        start: ChainStart,
        open: impl FnOnce(ChainStart) -> Arc<FollowedFeed>,
    ) -> FeedRef {
        // Locked until the subscriber counts, so that the feed is not removed as idle.
        let mut table = self.0.lock();
        let feeds = table.entry(Arc::clone(workflow_id)).or_default();
        if let Some(feed) = feeds.iter().find(|feed| start.is_served_by(feed)) {
            return FeedRef::new(Arc::clone(feed));
        }
        // A feed that ended before its chain was reset keeps its subscribers, and no others.
        feeds.retain(|feed| feed.log.first_run_id != start.first_run_id);
        let feed = open(start);
        feeds.push(Arc::clone(&feed));
        FeedRef::new(feed)
    }

    /// Subscribes to the feed of the id's current chain, if it is followed and contains this run: an
    /// id has at most one open chain.
    pub(crate) fn subscribe_current(
        &self,
        workflow_id: &str,
        run_id: Option<&str>,
    ) -> Option<FeedRef> {
        // Locked until the subscriber counts, as above.
        let table = self.0.lock();
        // If there are two, one of them lags, and which one is not known here.
        let [feed] = table.get(workflow_id)?.as_slice() else {
            return None;
        };
        let log = feed.log.lock();
        let is_open = match log.phase {
            Phase::Live => true,
            Phase::Replaying => feed.started_at_current_run,
            Phase::Ended | Phase::Failed(_) => false,
        };
        let contains_run = run_id.is_none_or(|run_id| log.runs.number(run_id).is_some());
        drop(log);
        (is_open && contains_run).then(|| FeedRef::new(Arc::clone(feed)))
    }

    /// Removes a feed if it has no subscribers. Returns whether it did.
    pub(crate) fn remove_idle(&self, feed: &Arc<FollowedFeed>) -> bool {
        let mut table = self.0.lock();
        let idle = !feed.subscribers.any();
        if idle {
            remove(&mut table, feed);
        }
        idle
    }

    pub(crate) fn remove(&self, feed: &Arc<FollowedFeed>) {
        remove(&mut self.0.lock(), feed);
    }
}

fn remove(table: &mut Feeds, feed: &Arc<FollowedFeed>) {
    let workflow_id = Arc::clone(&feed.log.workflow_id);
    if let hash_map::Entry::Occupied(mut feeds) = table.entry(workflow_id) {
        feeds.get_mut().retain(|other| !Arc::ptr_eq(other, feed));
        if feeds.get().is_empty() {
            feeds.remove();
        }
    }
}

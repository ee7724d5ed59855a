//! Which feeds there are, by workflow id and the first run of their chains.

use std::{
    collections::{HashMap, hash_map},
    sync::Arc,
};

use fast_temporal_protocol::Cursor;
use parking_lot::Mutex;

use super::Begin;
use crate::feed::{
    Subscription,
    log::{Feed, Phase},
};

type Feeds = HashMap<Arc<str>, Vec<Arc<Feed>>>;

/// The feeds that newcomers find. Those that are not here any more keep the readers they have.
#[derive(Default)]
pub(in crate::feed) struct FeedTable(Mutex<Feeds>);

impl FeedTable {
    pub(super) fn count(&self) -> usize {
        self.0.lock().values().map(Vec::len).sum()
    }

    /// Reads the feed that serves for what would be begun, or one that is opened for it.
    pub(super) fn subscribe(
        &self,
        workflow_id: &Arc<str>,
        begin: Begin,
        open: impl FnOnce(Begin) -> Arc<Feed>,
        read: impl FnOnce(Arc<Feed>) -> Subscription,
    ) -> Subscription {
        // Locked to the end, so that the feed is not taken for idle.
        let mut table = self.0.lock();
        let feeds = table.entry(Arc::clone(workflow_id)).or_default();
        if let Some(feed) = feeds.iter().find(|feed| begin.is_served_by(feed)) {
            return read(Arc::clone(feed));
        }
        // A feed that ended before its chain was reset keeps its readers, and no others.
        feeds.retain(|feed| feed.first_run_id != begin.first_run_id);
        let feed = open(begin);
        feeds.push(Arc::clone(&feed));
        read(feed)
    }

    /// Subscribes to the feed of the id's current chain, where it is followed and holds the
    /// cursor's run: an id has at most one chain that is open.
    pub(super) fn subscribe_live(
        &self,
        workflow_id: &str,
        after: Option<&Cursor>,
    ) -> Option<Subscription> {
        // Locked to the end, as above.
        let table = self.0.lock();
        // With two, one of them lags behind, and it is not said here which.
        let [feed] = table.get(workflow_id)?.as_slice() else {
            return None;
        };
        let log = feed.log();
        let is_open = match log.phase {
            Phase::Live => true,
            Phase::Replaying => feed.current,
            Phase::Ended | Phase::Failed(_) => false,
        };
        let holds = after.is_none_or(|cursor| log.runs.number(&cursor.run_id).is_some());
        drop(log);
        (is_open && holds).then(|| Subscription::new(Arc::clone(feed), after.cloned(), false))
    }

    /// Takes a feed out that nobody reads. Says whether it did.
    pub(in crate::feed) fn remove_idle(&self, feed: &Arc<Feed>) -> bool {
        let mut table = self.0.lock();
        let idle = !feed.has_readers();
        if idle {
            take(&mut table, feed);
        }
        idle
    }

    pub(in crate::feed) fn remove(&self, feed: &Arc<Feed>) {
        take(&mut self.0.lock(), feed);
    }
}

fn take(table: &mut Feeds, feed: &Arc<Feed>) {
    if let hash_map::Entry::Occupied(mut feeds) = table.entry(Arc::clone(&feed.workflow_id)) {
        feeds.get_mut().retain(|other| !Arc::ptr_eq(other, feed));
        if feeds.get().is_empty() {
            feeds.remove();
        }
    }
}

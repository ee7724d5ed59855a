//! Where replays of a feed can start, and those that subscribers share.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use fast_temporal_protocol::Position;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::load::{Load, Outcome};
use crate::engine::Source;

/// Maximum number of checkpoints of a feed. Beyond it, replays start further back.
const MAX_CHECKPOINTS: usize = 256;

/// The run of a segment, and the checkpoint before it; `None` for the run's start.
type Key = (Arc<str>, Option<Position>);

#[derive(Default)]
pub(crate) struct ReplayIndex(Mutex<Index>);

#[derive(Default)]
struct Index {
    checkpoints: Vec<Checkpoint>,
    loads: HashMap<Key, Weak<Load>>,
    /// The number of loads started so far.
    started: u64,
    /// The oldest run that Temporal still has, if an older one was found to be missing.
    oldest_run: Option<Arc<str>>,
}

/// A source whose next event is the one after a position of a run.
struct Checkpoint {
    run_id: Arc<str>,
    after: Position,
    source: Box<dyn Source>,
}

/// Where a load starts to read.
pub(super) struct Start {
    pub(super) after: Option<Position>,
    pub(super) source: Box<dyn Source>,
}

impl ReplayIndex {
    /// Adds a checkpoint from which a replay can start.
    pub(crate) fn add_checkpoint(&self, run_id: &Arc<str>, after: Position, source: &dyn Source) {
        let mut index = self.0.lock();
        let is_known = |at: &Checkpoint| at.run_id == *run_id && at.after == after;
        if index.checkpoints.iter().any(is_known) {
            return;
        }
        if index.checkpoints.len() == MAX_CHECKPOINTS {
            index.checkpoints.remove(0);
        }
        index.checkpoints.push(Checkpoint {
            run_id: Arc::clone(run_id),
            after,
            source: source.fork(),
        });
    }

    /// Forgets all that was read of a run: its history continued in another branch.
    pub(crate) fn forget_run(&self, run_id: &str) {
        let mut index = self.0.lock();
        index.checkpoints.retain(|at| *at.run_id != *run_id);
        index.loads.retain(|(run, _), _| **run != *run_id);
    }

    /// The number of loads started so far.
    pub(crate) fn started(&self) -> u64 {
        self.0.lock().started
    }

    /// Shares this load with no more subscribers.
    pub(crate) fn remove(&self, load: &Arc<Load>) {
        let is_other = |other: &Weak<Load>| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(load));
        self.0.lock().loads.retain(|_, other| is_other(other));
    }

    /// Shares a run's loads with no more subscribers, but for those started after the first
    /// `started` ones.
    pub(crate) fn remove_older(&self, run_id: &str, started: u64) {
        let is_later = |load: &Weak<Load>| {
            let load = load.upgrade();
            load.is_some_and(|load| load.is_later_than(started))
        };
        let mut index = self.0.lock();
        index
            .loads
            .retain(|(run, _), load| **run != *run_id || is_later(load));
    }

    pub(super) fn oldest_run(&self) -> Option<Arc<str>> {
        self.0.lock().oldest_run.clone()
    }

    pub(super) fn set_oldest_run(&self, run_id: &Arc<str>) {
        self.0.lock().oldest_run = Some(Arc::clone(run_id));
    }

    /// Returns a shared load that serves a subscriber after this position. Otherwise inserts one with
    /// this outcome, and returns where it starts too.
    pub(super) fn find_or_insert(
        &self,
        run_id: &Arc<str>,
        after: Option<Position>,
        open: impl FnOnce() -> Box<dyn Source>,
        outcome: watch::Receiver<Option<Outcome>>,
    ) -> (Arc<Load>, Option<Start>) {
        let mut index = self.0.lock();
        let checkpoint = index
            .checkpoints
            .iter()
            .filter(|at| at.run_id == *run_id && Some(at.after) <= after)
            .max_by_key(|at| at.after);
        let key = (Arc::clone(run_id), checkpoint.map(|at| at.after));
        if let Some(load) = index.loads.get(&key).and_then(Weak::upgrade)
            && load.serves(after)
        {
            return (load, None);
        }
        let start = Start {
            after: key.1,
            source: checkpoint.map_or_else(open, |at| at.source.fork()),
        };
        index.started += 1;
        let load = Arc::new(Load::new(index.started, outcome));
        index.loads.retain(|_, load| load.strong_count() > 0);
        index.loads.insert(key, Arc::downgrade(&load));
        (load, Some(start))
    }
}

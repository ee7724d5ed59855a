//! Reading again what the ring no longer holds, once for all readers that need it.
//!
//! A replay reads one segment: the events of one run from a checkpoint on. Readers that stand in
//! the same segment share it, while it is being read and for as long as one of them stands in it
//! and there is room. It is read by a task of its own, so it goes on however its readers are polled.

mod load;
mod segment;
mod shelf;

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use fast_temporal_protocol::Position;
use parking_lot::Mutex;
use tokio::{
    select,
    sync::{Semaphore, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::load::Loader;
pub(super) use self::{
    segment::{Found, Segment, SegmentEnd},
    shelf::{Shelf, Shelved},
};
use super::{FeedConfig, log::Feed, retry::Retry};
use crate::{Engine, EngineError, EngineErrorKind, engine::Source};

/// How many checkpoints a feed keeps. Beyond that, replays start further back.
const MAX_CHECKPOINTS: usize = 256;

type Key = (Arc<str>, Option<Position>);

/// The replays of one feed.
pub(super) struct Replay {
    engine: Arc<dyn Engine>,
    config: FeedConfig,
    /// How many events a segment has, at least.
    segment_events: usize,
    /// How many bytes a segment has, at most by one page.
    segment_bytes: usize,
    permits: Arc<Semaphore>,
    shelf: Arc<Shelf>,
    tasks: TaskTracker,
    stop: CancellationToken,
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    checkpoints: Vec<Checkpoint>,
    loads: HashMap<Key, Weak<Load>>,
    /// How many loads were begun so far.
    begun: u64,
    /// The oldest run that Temporal still has, where an older one was found to be gone.
    oldest: Option<Arc<str>>,
}

/// A source that stands just after a position of a run.
struct Checkpoint {
    run_id: Arc<str>,
    after: Position,
    source: Box<dyn Source>,
}

/// A segment that is being read, or was.
pub(super) struct Load {
    /// Which of the feed's loads it is, from 1.
    number: u64,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// What came of reading a segment.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// Here it is.
    Read(Arc<Shelved>),
    /// The run's history is gone.
    Gone {
        /// The oldest that is left begins with this run.
        rest: Arc<str>,
        /// How many loads were begun when that was found.
        begun: u64,
    },
    /// It can't be read.
    Failed(EngineError),
}

impl Replay {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        config: &FeedConfig,
        permits: Arc<Semaphore>,
        shelf: Arc<Shelf>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        Self {
            engine,
            config: config.clone(),
            segment_events: config.checkpoint_events.max(1),
            segment_bytes: config.ring_bytes,
            permits,
            shelf,
            tasks,
            stop,
            places: Mutex::default(),
        }
    }

    /// Keeps a place from which a replay can start.
    pub(super) fn keep(&self, run_id: &Arc<str>, after: Position, source: &dyn Source) {
        let mut places = self.places.lock();
        let known = |at: &Checkpoint| at.run_id == *run_id && at.after == after;
        if places.checkpoints.iter().any(known) {
            return;
        }
        if places.checkpoints.len() == MAX_CHECKPOINTS {
            places.checkpoints.remove(0);
        }
        let run_id = Arc::clone(run_id);
        places.checkpoints.push(Checkpoint {
            run_id,
            after,
            source: source.fork(),
        });
    }

    /// Forgets what was read of a run: its history went on in another branch.
    pub(super) fn forget(&self, run_id: &str) {
        let mut places = self.places.lock();
        places.checkpoints.retain(|at| *at.run_id != *run_id);
        places.loads.retain(|(run, _), _| **run != *run_id);
    }

    /// How many loads were begun so far.
    pub(super) fn begun(&self) -> u64 {
        self.places.lock().begun
    }

    /// Lets no more readers share that load.
    pub(super) fn withdraw(&self, load: &Arc<Load>) {
        let mut places = self.places.lock();
        places
            .loads
            .retain(|_, other| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(load)));
    }

    /// Lets no more readers share what was read of a run by the first so many loads.
    pub(super) fn outdate(&self, run_id: &str, begun: u64) {
        let is_later = |load: &Weak<Load>| {
            let load = load.upgrade();
            load.is_some_and(|load| load.is_later_than(begun))
        };
        let mut places = self.places.lock();
        places
            .loads
            .retain(|(run, _), load| **run != *run_id || is_later(load));
    }

    fn oldest(&self) -> Option<Arc<str>> {
        self.places.lock().oldest.clone()
    }

    fn set_oldest(&self, run_id: &Arc<str>) {
        self.places.lock().oldest = Some(Arc::clone(run_id));
    }

    /// The segment in which a reader that stands after `after` goes on.
    pub(super) fn load(
        &self,
        feed: &Arc<Feed>,
        run_id: &Arc<str>,
        after: Option<Position>,
    ) -> Arc<Load> {
        let mut places = self.places.lock();
        let start = places
            .checkpoints
            .iter()
            .filter(|at| at.run_id == *run_id && Some(at.after) <= after)
            .max_by_key(|at| at.after);
        let key = (Arc::clone(run_id), start.map(|at| at.after));
        if let Some(load) = places.loads.get(&key).and_then(Weak::upgrade)
            && load.serves(after)
        {
            return load;
        }
        let source = match start {
            Some(at) => at.source.fork(),
            None => self.engine.open(&feed.workflow_id, run_id),
        };
        let (done, outcome) = watch::channel(None);
        places.begun += 1;
        let number = places.begun;
        let load = Arc::new(Load { number, outcome });
        places.loads.retain(|_, load| load.strong_count() > 0);
        places.loads.insert(key.clone(), Arc::downgrade(&load));
        drop(places);

        let loader = Loader {
            engine: Arc::clone(&self.engine),
            feed: Arc::clone(feed),
            run_id: Arc::clone(run_id),
            after: key.1,
            source,
            events: self.segment_events,
            bytes: self.segment_bytes,
            permits: Arc::clone(&self.permits),
            shelf: Arc::clone(&self.shelf),
            retry: Retry::new(&self.config),
        };
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            select! {
                biased;
                () = stop.cancelled() => {}
                // Nobody waits for it any more.
                () = done.closed() => {}
                outcome = loader.run() => {
                    done.send_replace(Some(outcome));
                }
            }
        });
        load
    }
}

impl Load {
    /// Whether it was begun after so many others were.
    pub(super) fn is_later_than(&self, begun: u64) -> bool {
        self.number > begun
    }

    /// Waits until there is an outcome. Where the task ended without one, the node stops.
    pub(super) async fn outcome(&self) -> Outcome {
        let mut outcome = self.outcome.clone();
        // The guard must not live across an await, or readers could not move between threads.
        if outcome.wait_for(Option::is_some).await.is_err() {
            let why = EngineError::new(EngineErrorKind::Stopping, "the replay was given up");
            return Outcome::Failed(why);
        }
        let outcome = outcome.borrow().clone();
        outcome.expect("it was waited for")
    }

    /// Whether a reader after that position finds something new here.
    fn serves(&self, after: Option<Position>) -> bool {
        match &*self.outcome.borrow() {
            None => self.outcome.has_changed().is_ok(),
            Some(Outcome::Read(shelved)) => shelved
                .segment()
                .is_some_and(|segment| segment.leads_on_from(after)),
            Some(Outcome::Gone { .. } | Outcome::Failed(_)) => false,
        }
    }
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places = self.places.lock();
        f.debug_struct("Replay")
            .field("checkpoints", &places.checkpoints.len())
            .field("loads", &places.loads.len())
            .finish_non_exhaustive()
    }
}

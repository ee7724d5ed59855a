//! What a follower and the readers of its feed share.

mod readers;

use std::sync::Arc;

use fast_temporal_protocol::{Event, Position};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use self::readers::Readers;
use super::{
    Entry, FeedConfig,
    chain::Chain,
    host::Host,
    progress::{Pending, Progress},
    replay::Replay,
    ring::Ring,
    runs::Runs,
};
use crate::{Engine, EngineError};

/// After so many events that the seed's dialect does not tell of, its readers are woken all the
/// same, lest they fall out of the ring.
const MAX_UNTOLD: usize = 128;

/// One chain on this node.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) workflow_id: Arc<str>,
    pub(super) first_run_id: Arc<str>,
    /// Whether the run that it began with was the id's current one.
    pub(super) current: bool,
    pub(super) replay: Replay,
    pub(super) progress: Progress,
    pub(super) host: Host,
    log: Mutex<Log>,
    changed: watch::Sender<()>,
    /// The same for readers in the seed's dialect, who need not be woken for what it does not tell.
    told: watch::Sender<()>,
    readers: watch::Sender<Readers>,
}

/// The part of the feed that is in memory, and how far it goes.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) ring: Ring,
    pub(super) runs: Runs,
    pub(super) phase: Phase,
    /// Whether a worker has taken the run that is being followed.
    pub(super) workflow_task_started: bool,
    /// Which of its activities are pending.
    pub(super) pending: Pending,
    /// How far the run that is being followed was read.
    pub(super) read_to: Option<Position>,
    /// Grows when the ring was emptied, as history went on in another branch, or after a gap.
    pub(super) generation: u32,
    /// How often the tail had been found when the ring was emptied.
    pub(super) anew_at: u64,
    /// How many events readers in the seed's dialect were not woken for.
    untold: usize,
    /// How often the tail was found to hold nothing more.
    pub(super) tails: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// What happened in the past is still being read.
    Replaying,
    /// What comes now happens now.
    Live,
    /// The chain is over, and its last event is in the ring.
    Ended,
    /// Nothing more will come.
    Failed(EngineError),
}

impl Feed {
    pub(super) fn new(
        workflow_id: Arc<str>,
        first_run_id: Arc<str>,
        current: bool,
        replay: Replay,
        progress: Progress,
        host: Host,
        config: &FeedConfig,
    ) -> Self {
        Self {
            workflow_id,
            first_run_id,
            current,
            replay,
            progress,
            host,
            log: Mutex::new(Log {
                ring: Ring::new(config.ring_events, config.ring_bytes),
                runs: Runs::default(),
                phase: Phase::Replaying,
                workflow_task_started: false,
                pending: Pending::default(),
                read_to: None,
                generation: 0,
                anew_at: 0,
                untold: 0,
                tails: 0,
            }),
            changed: watch::Sender::new(()),
            told: watch::Sender::new(()),
            readers: watch::Sender::new(Readers::none()),
        }
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock()
    }

    pub(super) fn chain<'a>(&'a self, engine: &'a dyn Engine) -> Chain<'a> {
        Chain {
            engine,
            workflow_id: &self.workflow_id,
            first_run_id: &self.first_run_id,
        }
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Changes that matter to readers in the seed's dialect. With others they learn of the rest.
    pub(super) fn seed_changes(&self) -> watch::Receiver<()> {
        self.told.subscribe()
    }

    /// Changes the log and wakes the readers.
    pub(super) fn update(&self, change: impl FnOnce(&mut Log)) {
        change(&mut self.log.lock());
        self.changed.send_replace(());
        self.told.send_replace(());
    }

    pub(super) fn publish(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        // Encoding takes longer than the rest, and needs no lock.
        let entries: Vec<_> = events
            .into_iter()
            .map(|event| Arc::new(Entry::new(event)))
            .collect();
        let tells = |entry: &Arc<Entry>| entry.event().end || entry.seed().is_some();
        let tells = entries.iter().any(tells);
        let tells = {
            let mut log = self.log.lock();
            log.untold += entries.len();
            let tells = tells || log.untold >= MAX_UNTOLD;
            if tells {
                log.untold = 0;
            }
            let run = log.runs.newest_number();
            for entry in entries {
                log.read_to = Some(entry.event().cursor.position);
                log.pending.note(entry.event());
                log.ring.push(run, entry);
            }
            tells
        };
        self.changed.send_replace(());
        if tells {
            self.told.send_replace(());
        }
    }

    /// Goes on with that run. `gap` says that runs before it could not be found.
    pub(super) fn enter_run(&self, run_id: Arc<str>, gap: bool) {
        self.host.enter_run(Arc::clone(&run_id));
        self.update(|log| {
            if gap {
                // Who has not read so far yet is told at the end of the run before.
                log.generation += 1;
                log.anew_at = log.tails;
                log.ring.clear(log.runs.count());
            }
            let read_to = log.read_to.take();
            log.runs.note_read_to(read_to);
            let (needed, _) = log.ring.floor();
            log.runs.push(run_id, gap, needed);
            log.pending = Pending::default();
            log.workflow_task_started = false;
        });
    }

    /// Goes back to the start of the run that is being followed: what was read of it is no longer
    /// its history. Who stands at an event that is still there reads on.
    pub(super) fn begin_run_anew(&self, live: bool) {
        self.update(|log| {
            if let Some(run_id) = log.runs.newest() {
                self.host.enter_run(Arc::clone(run_id));
            }
            log.generation += 1;
            log.anew_at = log.tails;
            log.read_to = None;
            log.pending = Pending::default();
            let run = log.runs.newest_number();
            log.ring.clear(run);
            log.phase = if live { Phase::Live } else { Phase::Replaying };
        });
    }

    /// Nothing that happened before this is left to read. `tail` says that a read found nothing.
    pub(super) fn note_live(&self, tail: bool) {
        let mut log = self.log.lock();
        let was_up_to_date = log.is_up_to_date();
        log.tails += u64::from(tail);
        let became_live = log.phase == Phase::Replaying;
        if became_live {
            log.phase = Phase::Live;
        }
        let wakes = became_live || log.is_up_to_date() && !was_up_to_date;
        drop(log);
        // Nobody is woken for less, as thousands may wait.
        if wakes {
            self.update(|_| {});
        }
    }

    /// Ends the feed so. What has ended has ended, whatever happens afterwards.
    pub(super) fn finish(&self, phase: Phase) {
        self.update(|log| {
            if matches!(log.phase, Phase::Replaying | Phase::Live) {
                log.phase = phase;
            }
        });
    }
}

impl Log {
    /// Whether what comes now happens now, and nothing of the run is being read again.
    pub(super) fn is_up_to_date(&self) -> bool {
        self.phase == Phase::Live && (self.generation == 0 || self.tails > self.anew_at)
    }

    /// Whether the follower has read so far that an event there would be known. One of a later
    /// version is of a branch that it may not have seen.
    pub(super) fn has_read(&self, run: usize, position: Position) -> bool {
        if run < self.runs.newest_number() {
            let read_to = self.runs.read_to(run);
            return read_to.is_none_or(|read| read.version >= position.version);
        }
        self.phase == Phase::Ended
            || self.read_to.is_some_and(|read| {
                read.event_id >= position.event_id && read.version >= position.version
            })
    }
}

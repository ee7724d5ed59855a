//! What this node has read of one chain: data that the follower writes and subscribers read.

pub(crate) mod pending_activities;
pub(crate) mod ring;
pub(crate) mod runs;
pub(crate) mod view;

use std::sync::Arc;

use fast_temporal_protocol::{Event, Position};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use self::{pending_activities::PendingActivities, ring::Ring, runs::Runs};
use super::{config::FeedConfig, entry::Entry};
use crate::{EngineError, EngineErrorKind};

/// After this many events that the `seed` dialect leaves out, its subscribers are woken
/// nevertheless, so that they don't fall out of the ring.
const MAX_SEED_BACKLOG: usize = 128;

/// The log of one chain, and what wakes its subscribers.
#[derive(Debug)]
pub(crate) struct FeedLog {
    pub(crate) workflow_id: Arc<str>,
    pub(crate) first_run_id: Arc<str>,
    log: Mutex<Log>,
    changed: watch::Sender<()>,
    /// The same for subscribers in the `seed` dialect, who need not wake for events that it leaves
    /// out.
    seed_changed: watch::Sender<()>,
}

/// The part of the log that is in memory, and how far it goes.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) ring: Ring,
    pub(crate) runs: Runs,
    pub(crate) phase: Phase,
    /// Whether a worker has started a workflow task of the newest run.
    pub(crate) workflow_task_started: bool,
    pub(crate) pending_activities: PendingActivities,
    /// How far the newest run was read.
    pub(crate) read_to: Option<Position>,
    /// Grows whenever the ring is emptied: history continued in another branch, or after a gap.
    pub(crate) generation: u32,
    /// The value of `tails` when the ring was last emptied.
    pub(crate) tails_at_restart: u64,
    /// How often a read found nothing more.
    pub(crate) tails: u64,
    /// The number of events since subscribers in the `seed` dialect were last woken.
    seed_backlog: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The follower still reads what happened before it started.
    Replaying,
    /// The follower has caught up.
    Live,
    /// The chain is closed, and its last event is in the ring.
    Ended,
    /// Nothing more will come.
    Failed(EngineError),
}

impl FeedLog {
    pub(crate) fn new(workflow_id: Arc<str>, first_run_id: Arc<str>, config: &FeedConfig) -> Self {
        Self {
            workflow_id,
            first_run_id,
            log: Mutex::new(Log {
                ring: Ring::new(config.ring_events, config.ring_bytes),
                runs: Runs::default(),
                phase: Phase::Replaying,
                workflow_task_started: false,
                pending_activities: PendingActivities::default(),
                read_to: None,
                generation: 0,
                tails_at_restart: 0,
                tails: 0,
                seed_backlog: 0,
            }),
            changed: watch::Sender::new(()),
            seed_changed: watch::Sender::new(()),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// The changes that matter to subscribers in the `seed` dialect.
    pub(crate) fn seed_changes(&self) -> watch::Receiver<()> {
        self.seed_changed.subscribe()
    }

    /// Waits for the end, and returns the last entry.
    pub(crate) async fn outcome(&self) -> Result<Arc<Entry>, EngineError> {
        // The end is one of these changes, and most events are not.
        let mut changes = self.seed_changes();
        loop {
            changes.borrow_and_update();
            {
                let log = self.lock();
                match &log.phase {
                    Phase::Replaying | Phase::Live => {}
                    Phase::Failed(error) => return Err(error.clone()),
                    Phase::Ended => {
                        let why = "the closing event is missing";
                        let missing = || EngineError::new(EngineErrorKind::NotFound, why);
                        return log.ring.last().cloned().ok_or_else(missing);
                    }
                }
            }
            // The sender lives in the log.
            let _ = changes.changed().await;
        }
    }

    /// Changes the log and wakes the subscribers.
    fn update(&self, change: impl FnOnce(&mut Log)) {
        change(&mut self.log.lock());
        self.changed.send_replace(());
        self.seed_changed.send_replace(());
    }

    pub(crate) fn publish(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        // Encoding takes longer than the rest, and needs no lock.
        let entries: Vec<_> = events
            .into_iter()
            .map(|event| Arc::new(Entry::new(event)))
            .collect();
        let in_seed = |entry: &Arc<Entry>| entry.event().end || entry.seed().is_some();
        let in_seed = entries.iter().any(in_seed);
        let wakes_seed = {
            let mut log = self.log.lock();
            log.seed_backlog += entries.len();
            let wakes_seed = in_seed || log.seed_backlog >= MAX_SEED_BACKLOG;
            if wakes_seed {
                log.seed_backlog = 0;
            }
            let run = log.runs.newest_number();
            for entry in entries {
                log.read_to = Some(entry.event().cursor.position);
                log.pending_activities.apply(entry.event());
                log.ring.push(run, entry);
            }
            wakes_seed
        };
        self.changed.send_replace(());
        if wakes_seed {
            self.seed_changed.send_replace(());
        }
    }

    /// Continues with the chain's next run. `after_gap` says that runs before it are missing.
    pub(crate) fn enter_run(&self, run_id: Arc<str>, after_gap: bool) {
        self.update(|log| {
            if after_gap {
                // Subscribers that have yet to read the run before receive the gap at its end.
                let next = log.runs.count();
                log.empty_ring(next);
            }
            let read_to = log.read_to.take();
            log.runs.set_read_to(read_to);
            let (needed, _) = log.ring.floor();
            log.runs.push(run_id, after_gap, needed);
            log.pending_activities = PendingActivities::default();
            log.workflow_task_started = false;
        });
    }

    /// Returns to the start of the newest run: the events read of it are no longer its history. A
    /// subscriber whose last event is still in it reads on.
    pub(crate) fn restart_run(&self, is_live: bool) {
        self.update(|log| {
            let newest = log.runs.newest_number();
            log.empty_ring(newest);
            log.read_to = None;
            log.pending_activities = PendingActivities::default();
            log.phase = if is_live {
                Phase::Live
            } else {
                Phase::Replaying
            };
        });
    }

    pub(crate) fn set_workflow_task_started(&self) {
        if !self.log.lock().workflow_task_started {
            self.update(|log| log.workflow_task_started = true);
        }
    }

    /// Records that the follower has caught up. `at_tail` says that its read found nothing.
    pub(crate) fn set_live(&self, at_tail: bool) {
        let mut log = self.log.lock();
        let was_up_to_date = log.is_up_to_date();
        log.tails += u64::from(at_tail);
        let became_live = log.phase == Phase::Replaying;
        if became_live {
            log.phase = Phase::Live;
        }
        let wakes = became_live || log.is_up_to_date() && !was_up_to_date;
        drop(log);
        // Nothing else wakes the waiting tasks, because there may be thousands.
        if wakes {
            self.update(|_| {});
        }
    }

    /// Enters a final phase. The first one stays.
    pub(crate) fn finish(&self, phase: Phase) {
        self.update(|log| {
            if !log.is_finished() {
                log.phase = phase;
            }
        });
    }
}

impl Log {
    fn empty_ring(&mut self, next_run: usize) {
        self.generation += 1;
        self.tails_at_restart = self.tails;
        self.ring.clear(next_run);
    }

    /// Whether the follower has caught up, also after the ring was last emptied.
    pub(crate) fn is_up_to_date(&self) -> bool {
        self.phase == Phase::Live && (self.generation == 0 || self.tails > self.tails_at_restart)
    }

    /// Whether nothing more will come.
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Ended | Phase::Failed(_))
    }

    /// Whether the follower has read far enough to have seen an event at this position. An event
    /// of a later version belongs to a branch that the follower may not have seen.
    pub(crate) fn has_read(&self, run: usize, position: Position) -> bool {
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

//! A subscription whose position is not in the ring: finds it there, or reads replays up to it.

use std::{sync::Arc, time::Duration};

use fast_temporal_protocol::{Cursor, Position};
use tokio::{sync::watch, time::timeout};

use crate::{
    EngineError,
    feed::{
        entry::Entry,
        log::{Log, Phase},
        replay::{
            Replay,
            load::{Load, Outcome},
            segment::{EventPlace, Segment, SegmentEnd},
        },
    },
};

/// How often a subscription that is ahead of the follower looks again, if nothing changes.
pub(super) const FOLLOWER_WAIT: Duration = Duration::from_secs(1);
/// How soon a replay is read again that ended before the ring begins: it was outdated, or history
/// has become shorter.
const OUTDATED_WAIT: Duration = Duration::from_millis(500);

/// Up to where a subscription has read.
#[derive(Clone, Debug)]
pub(super) enum ReadTo {
    /// Nothing yet, or nothing since a gap: it starts with this run.
    StartOf(Arc<str>),
    /// The event of this cursor was the last that it returned, or resumed from.
    Event(Cursor),
}

/// A position outside of the ring.
#[derive(Debug)]
pub(super) struct Seek {
    run_id: Arc<str>,
    /// `None` before the run's first event.
    after: Option<Position>,
    /// The number of tails that the follower has to find before the subscription no longer waits for
    /// an event at this position, which the follower has not read.
    wait_until: Option<u64>,
    replay: Option<ReplayRead>,
    /// A run that was missing when the subscription reached it. If history leads there again, there is
    /// no other way.
    missing_run: Option<Arc<str>>,
}

#[derive(Debug)]
struct ReplayRead {
    /// The number of loads started when the subscription reached its position. A later one has read
    /// all that the subscription has.
    since: u64,
    /// Does not keep its segment in memory, as the subscriber may stall here.
    load: Option<Arc<Load>>,
}

/// Where a position is according to the log.
pub(super) enum Located {
    /// The entry of this number in the ring comes next.
    InRing(u64),
    /// The follower has not started: it may be about to enter this very run.
    Wait,
    /// The follower is not there yet.
    WaitForFollower,
    /// The ring begins later, perhaps after an event of the same run.
    Replay {
        until: Option<Position>,
    },
    /// The event at this position is no longer in history. Its run follows from the start.
    Gap(Arc<str>),
    Failed(EngineError),
}

/// The result of reading a replay.
pub(super) enum ReplayStep {
    Events(Vec<Arc<Entry>>),
    /// Only the position has moved.
    Moved,
    /// History is missing. This run follows from the start.
    Gap(Arc<str>),
    Failed(EngineError),
}

impl ReadTo {
    pub(super) fn cursor(&self) -> Option<&Cursor> {
        match self {
            Self::StartOf(_) => None,
            Self::Event(cursor) => Some(cursor),
        }
    }
}

impl Seek {
    pub(super) fn new(read_to: &ReadTo) -> Self {
        let (run_id, after) = match read_to {
            ReadTo::StartOf(run_id) => (run_id, None),
            ReadTo::Event(cursor) => (&cursor.run_id, Some(cursor.position)),
        };
        Self {
            run_id: Arc::clone(run_id),
            after,
            wait_until: None,
            replay: None,
            missing_run: None,
        }
    }

    /// Moves to another position, for which the follower was not waited for yet.
    pub(super) fn move_to(&mut self, run_id: Arc<str>, after: Option<Position>) {
        (self.run_id, self.after) = (run_id, after);
        self.wait_until = None;
        self.replay = None;
    }

    /// The ring was emptied.
    pub(super) fn restart(&mut self, log: &Log) {
        self.replay = None;
        // What the subscription has read was there before the run restarted, so one read up to the
        // tail shows whether it still is.
        if log.runs.newest() == Some(&self.run_id) {
            self.wait_until = Some(log.tails_at_restart + 1);
        }
    }

    /// Looks for the position in the ring.
    pub(super) fn locate(&mut self, log: &Log) -> Located {
        let run = log.runs.number(&self.run_id);
        let in_ring = run.map(|run| (run, log.ring.after((run, self.after))));
        let (run, number) = match (in_ring, &log.phase) {
            (Some((run, Some(number))), _) => (run, number),
            // Replays end with the feed.
            (_, Phase::Failed(error)) => return Located::Failed(error.clone()),
            (Some((run, None)), _) => {
                let (floor_run, floor) = log.ring.floor();
                return Located::Replay {
                    until: floor.filter(|_| floor_run == run),
                };
            }
            (None, _) if log.runs.newest().is_none() => return Located::Wait,
            (None, _) => return Located::Replay { until: None },
        };
        let Some(position) = self.after.filter(|at| !log.ring.contains(run, *at)) else {
            return Located::InRing(number);
        };
        // Another node or a replay was faster than the follower. The event may have happened after
        // the next tail was looked for.
        let until = *self.wait_until.get_or_insert(log.tails + 2);
        match &log.phase {
            Phase::Failed(error) => Located::Failed(error.clone()),
            _ if !log.has_read(run, position) && log.tails < until => Located::WaitForFollower,
            _ => Located::Gap(Arc::clone(&self.run_id)),
        }
    }

    /// Reads from a replay, up to `until`. Dropping the future loses nothing.
    pub(super) async fn read(
        &mut self,
        replay: &Replay,
        changes: &mut watch::Receiver<()>,
        read_to: &ReadTo,
        until: Option<Position>,
    ) -> ReplayStep {
        let read = self.replay.get_or_insert_with(|| ReplayRead {
            since: replay.index.started(),
            load: None,
        });
        let load = read
            .load
            .get_or_insert_with(|| replay.load(&self.run_id, self.after));
        let load_is_old = !load.is_later_than(read.since);
        let segment = match load.outcome().await {
            Outcome::Read(cached) => cached.segment(),
            Outcome::RunMissing { oldest, started } => {
                return self.skip_missing_run(replay, read_to, oldest, started);
            }
            Outcome::Failed(error) => return ReplayStep::Failed(error),
        };
        let Some(segment) = segment else {
            read.load = None;
            return ReplayStep::Moved;
        };
        // Whatever was read before: only events that follow the subscription's position in one and
        // the same history are returned.
        let place = self.after.map_or(EventPlace::Here, |at| segment.find(at));
        match place {
            EventPlace::Here => {}
            EventPlace::Later => {
                read.load = None;
                return ReplayStep::Moved;
            }
            // The replay was read before the subscription reached its position, and may lack it.
            EventPlace::Missing if load_is_old => {
                self.discard_load(replay);
                return ReplayStep::Moved;
            }
            EventPlace::Missing => return ReplayStep::Gap(Arc::clone(&self.run_id)),
        }
        let batch = segment.batch(self.after, until);
        if let Some(last) = batch.last() {
            self.after = Some(last.event().cursor.position);
            self.wait_until = None;
            return ReplayStep::Events(batch);
        }
        if segment.last() > self.after {
            // All that is left here comes after the start of the ring, and yet the position is not in
            // the ring: one of the two is of another branch. If it is the replay, it is read again; the
            // follower changes branches by itself.
            self.discard_load(replay);
            let _ = timeout(OUTDATED_WAIT, changes.changed()).await;
            return ReplayStep::Moved;
        }
        self.finish_segment(&segment, changes, until).await
    }

    async fn finish_segment(
        &mut self,
        segment: &Segment,
        changes: &mut watch::Receiver<()>,
        until: Option<Position>,
    ) -> ReplayStep {
        self.replay = None;
        match &segment.end {
            SegmentEnd::Run(next) if next.after_gap => {
                return ReplayStep::Gap(Arc::clone(&next.run_id));
            }
            SegmentEnd::Run(next) => self.move_to(Arc::clone(&next.run_id), None),
            SegmentEnd::More => {}
            SegmentEnd::Tail => {
                // The follower comes here soon, or has: it must not be overtaken again and again.
                let wait = if until.is_some() {
                    OUTDATED_WAIT
                } else {
                    FOLLOWER_WAIT
                };
                let _ = timeout(wait, changes.changed()).await;
            }
        }
        ReplayStep::Moved
    }

    /// The run was missing when `started` loads had been started; `oldest` is the oldest that remains.
    /// A subscription that came from another run first looks there again: a failover that lost
    /// this run lost what led to it too, so its last event may be missing, or lead elsewhere by now.
    fn skip_missing_run(
        &mut self,
        replay: &Replay,
        read_to: &ReadTo,
        oldest: Arc<str>,
        started: u64,
    ) -> ReplayStep {
        let cursor = read_to.cursor();
        if let Some(cursor) = cursor.filter(|cursor| cursor.run_id != self.run_id) {
            replay.index.remove_older(&cursor.run_id, started);
            if self.missing_run.as_ref() != Some(&self.run_id) {
                self.missing_run = Some(Arc::clone(&self.run_id));
                self.move_to(Arc::clone(&cursor.run_id), Some(cursor.position));
                return ReplayStep::Moved;
            }
        }
        ReplayStep::Gap(oldest)
    }

    /// Reads another replay next, and so does every other subscription.
    fn discard_load(&mut self, replay: &Replay) {
        let load = self.replay.as_mut().and_then(|read| read.load.take());
        if let Some(load) = load {
            replay.index.remove(&load);
        }
    }
}

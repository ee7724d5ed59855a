//! A reader of a feed, at its own pace.

use std::{mem, sync::Arc};

use fast_temporal_protocol::{Cursor, Position};
use tokio::sync::watch;

use super::{
    Entry,
    log::{Feed, Log, Phase},
    replay::{Found, Load, Outcome, Segment, SegmentEnd},
};
use crate::{EngineError, EngineErrorKind};

/// How many entries one step gives at most.
const BATCH: usize = 64;

/// What a subscription reads next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Events in order: at least one, at most a batch.
    Events(Vec<Arc<Entry>>),
    /// The replay is over: what comes now happens now. Said once. `None` where there was no event
    /// yet.
    Live(Option<Cursor>),
    /// History that should have come next is gone for good (retention, a lost database, another
    /// branch after a failover). What there is follows, from the start of a run.
    Gap,
    /// The feed's last event was read. Every further call gives this again.
    End,
    /// The feed can't be read on: its history is gone, credentials were refused, or the node
    /// stops. Every further call gives this again.
    Failed(EngineError),
}

/// A place in a feed that moves on as it is read. The feed is followed while there is one.
pub struct Subscription {
    feed: Arc<Feed>,
    changes: watch::Receiver<()>,
    at: At,
    /// After the last event that was given, or resumed from.
    cursor: Option<Cursor>,
    generation: u32,
    live_said: bool,
    /// A gap that was found before the feed was opened.
    gap_first: bool,
    replay: Option<Box<Replaying>>,
    failed: Option<EngineError>,
}

/// Where a reader stands.
#[derive(Clone, Debug)]
enum At {
    /// Before the entry of that number in the ring.
    Ring(u64),
    /// In a run, after that position, or before its first event.
    Run {
        run_id: Arc<str>,
        after: Option<Position>,
        checked: bool,
    },
}

/// The part of a reader that only replays need.
#[derive(Default)]
struct Replaying {
    load: Option<Arc<Load>>,
    segment: Option<Arc<Segment>>,
}

/// What there is to do.
enum Look {
    Step(Step),
    Wait,
    Again,
    /// Read from a replay, no further than that position.
    Replay {
        until: Option<Position>,
    },
}

impl Subscription {
    /// A reader from a cursor's place, which has still to be checked, or from the feed's start.
    pub(super) fn new(feed: Arc<Feed>, after: Option<Cursor>, gap_first: bool) -> Self {
        feed.add_reader();
        let at = match &after {
            Some(cursor) => At::Run {
                run_id: Arc::clone(&cursor.run_id),
                after: Some(cursor.position),
                checked: false,
            },
            None => start_of(Arc::clone(&feed.first_run_id)),
        };
        let changes = feed.changes();
        let generation = feed.log().generation;
        Self {
            feed,
            changes,
            at,
            cursor: after,
            generation,
            live_said: false,
            gap_first,
            replay: None,
            failed: None,
        }
    }

    /// The next step; waits until there is one. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Step {
        if mem::take(&mut self.gap_first) {
            return Step::Gap;
        }
        loop {
            if let Some(error) = &self.failed {
                return Step::Failed(error.clone());
            }
            self.changes.borrow_and_update();
            match self.look() {
                Look::Step(step) => return step,
                Look::Again => {}
                Look::Wait => {
                    // The sender lives in the feed, which this subscription holds.
                    let _ = self.changes.changed().await;
                }
                Look::Replay { until } => {
                    if let Some(step) = self.read_replay(until).await {
                        return step;
                    }
                }
            }
        }
    }

    /// Where this subscription stands: after the last event that it gave, or that it resumed from.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// Whether a worker has taken the workflow's current run by now.
    pub fn taken(&self) -> bool {
        self.feed.log().taken
    }

    /// The workflow's id.
    pub fn workflow_id(&self) -> &Arc<str> {
        &self.feed.workflow_id
    }

    /// The run that the feed has come to.
    pub fn run_id(&self) -> Arc<str> {
        Arc::clone(
            self.feed
                .log()
                .runs
                .last()
                .unwrap_or(&self.feed.first_run_id),
        )
    }

    /// A second subscription to the same feed, from its start.
    #[must_use]
    pub fn restart(&self) -> Self {
        Self::new(Arc::clone(&self.feed), None, false)
    }

    /// Decides under the feed's lock, in one go, what comes next.
    fn look(&mut self) -> Look {
        let feed = Arc::clone(&self.feed);
        let log = feed.log();
        if self.generation != log.generation {
            self.generation = log.generation;
            self.replay = None;
            self.at = start_of(log.runs.last().unwrap_or(&feed.first_run_id).clone());
            return Look::Step(Step::Gap);
        }
        match self.at.clone() {
            At::Ring(number) => match log.ring.batch(number, BATCH) {
                Some(batch) if batch.is_empty() => self.look_at_tail(&log),
                Some(batch) => {
                    self.at = At::Ring(number + batch.len() as u64);
                    Look::Step(self.give(batch))
                }
                None => {
                    self.at = match &self.cursor {
                        Some(cursor) => At::Run {
                            run_id: Arc::clone(&cursor.run_id),
                            after: Some(cursor.position),
                            checked: true,
                        },
                        None => start_of(Arc::clone(&feed.first_run_id)),
                    };
                    Look::Again
                }
            },
            At::Run {
                run_id,
                after,
                checked,
            } => self.look_in_run(&log, &run_id, after, checked),
        }
    }

    fn look_in_run(
        &mut self,
        log: &Log,
        run_id: &Arc<str>,
        after: Option<Position>,
        checked: bool,
    ) -> Look {
        let Some(run) = log.run(run_id) else {
            return match &log.phase {
                Phase::Failed(error) => Look::Step(Step::Failed(error.clone())),
                // The follower has not begun: it may be about to enter this very run.
                _ if log.runs.is_empty() => Look::Wait,
                _ => Look::Replay { until: None },
            };
        };
        let Some(number) = log.ring.after((run, after)) else {
            let (floor_run, floor) = log.ring.floor();
            return Look::Replay {
                until: if floor_run == run { floor } else { None },
            };
        };
        if let Some(position) = after
            && !checked
            && !log.ring.holds(run, position)
        {
            if log.has_read(run, position) {
                self.at = start_of(Arc::clone(run_id));
                return Look::Step(Step::Gap);
            }
            return match &log.phase {
                Phase::Failed(error) => Look::Step(Step::Failed(error.clone())),
                // Another node was faster, or the replay is on its way.
                _ => Look::Wait,
            };
        }
        self.replay = None;
        self.at = At::Ring(number);
        Look::Again
    }

    fn look_at_tail(&mut self, log: &Log) -> Look {
        match &log.phase {
            Phase::Live if !self.live_said => {
                self.live_said = true;
                Look::Step(Step::Live(self.cursor.clone()))
            }
            Phase::Replaying | Phase::Live => Look::Wait,
            Phase::Ended => Look::Step(Step::End),
            Phase::Failed(error) => Look::Step(Step::Failed(error.clone())),
        }
    }

    /// Reads from a replay. `None` where the reader only moved on.
    async fn read_replay(&mut self, until: Option<Position>) -> Option<Step> {
        let At::Run {
            run_id,
            after,
            checked,
        } = self.at.clone()
        else {
            return None;
        };
        let replay = self.replay.get_or_insert_default();
        let here = replay.segment.take_if(|segment| segment.run_id == run_id);
        let segment = if let Some(segment) = here {
            segment
        } else {
            let feed = &self.feed;
            let load = replay
                .load
                .get_or_insert_with(|| feed.replay.load(feed, &run_id, after));
            // A node that stops ends its replays without an outcome; the follower says so.
            let outcome = tokio::select! {
                biased;
                outcome = load.outcome() => outcome,
                () = stopped(&mut self.changes, feed) => return None,
            };
            replay.load = None;
            match outcome {
                Outcome::Read(segment) => segment,
                Outcome::Gone(rest) => {
                    self.at = start_of(rest);
                    return Some(Step::Gap);
                }
                Outcome::Failed(error) if error.kind == EngineErrorKind::BranchChanged => {
                    feed.replay.forget();
                    self.at = start_of(run_id);
                    return Some(Step::Gap);
                }
                Outcome::Failed(error) => {
                    self.failed = Some(error);
                    return None;
                }
            }
        };
        if let Some(position) = after
            && !checked
        {
            match segment.find(position) {
                Found::Here => {
                    self.at = At::Run {
                        run_id: Arc::clone(&run_id),
                        after,
                        checked: true,
                    }
                }
                Found::Later => return None,
                Found::Nowhere => {
                    self.at = start_of(run_id);
                    return Some(Step::Gap);
                }
            }
        }
        let batch = segment.batch(after, until, BATCH);
        if let Some(last) = batch.last() {
            let after = Some(last.event().cursor.position);
            self.at = At::Run {
                run_id,
                after,
                checked: true,
            };
            replay.segment = Some(segment);
            return Some(self.give(batch));
        }
        match &segment.end {
            SegmentEnd::Next(next) => self.at = start_of(Arc::clone(next)),
            SegmentEnd::Lost(next) => {
                self.at = start_of(Arc::clone(next));
                return Some(Step::Gap);
            }
            SegmentEnd::More | SegmentEnd::Tail => {}
        }
        None
    }

    fn give(&mut self, batch: Vec<Arc<Entry>>) -> Step {
        if let Some(last) = batch.last() {
            self.cursor = Some(last.event().cursor.clone());
        }
        Step::Events(batch)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.feed.remove_reader();
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("workflow_id", &self.feed.workflow_id)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

fn start_of(run_id: Arc<str>) -> At {
    At::Run {
        run_id,
        after: None,
        checked: true,
    }
}

/// Returns once the feed has failed.
async fn stopped(changes: &mut watch::Receiver<()>, feed: &Feed) {
    while !matches!(feed.log().phase, Phase::Failed(_)) {
        let _ = changes.changed().await;
    }
}

//! What a reader does next, decided under its feed's lock in one go.

use std::sync::Arc;

use fast_temporal_protocol::Position;

use super::{At, FeedUpdate, Subscription};
use crate::feed::log::{Log, Phase};

/// What there is to do.
pub(super) enum Look {
    Update(FeedUpdate),
    Wait,
    /// Wait for the follower to come to where this reader is.
    WaitAhead,
    Again,
    /// Read from a replay, no further than that position.
    Replay {
        until: Option<Position>,
    },
}

impl Subscription {
    pub(super) fn look(&mut self) -> Look {
        let feed = Arc::clone(&self.feed);
        let log = feed.log();
        if self.generation != log.generation {
            self.generation = log.generation;
            self.past = None;
            if let At::Ring(_) = self.at {
                self.at = self.place();
            }
            // What this reader has read was there before its run was begun anew, so one reading to
            // the tail tells whether it still is.
            if let At::Run { run_id, .. } = &self.at
                && log.runs.newest() == Some(run_id)
            {
                self.ahead_until = Some(log.anew_at + 1);
            }
        }
        match self.at.clone() {
            At::Ring(number) => match log.ring.batch(number) {
                Some(batch) if batch.is_empty() => self.look_at_tail(&log),
                Some(mut batch) => {
                    self.hold_back_last(&mut batch);
                    if batch.is_empty() {
                        return Look::Wait;
                    }
                    self.at = At::Ring(number + batch.len() as u64);
                    Look::Update(self.give(batch))
                }
                None => {
                    self.at = self.place();
                    Look::Again
                }
            },
            At::Now => self.look_for_now(&log),
            At::Run { run_id, after } => self.look_in_run(&log, &run_id, after),
        }
    }

    fn look_in_run(&mut self, log: &Log, run_id: &Arc<str>, after: Option<Position>) -> Look {
        let place = log
            .runs
            .number(run_id)
            .map(|run| (run, log.ring.after((run, after))));
        let (run, number) = match (place, &log.phase) {
            (Some((run, Some(number))), _) => (run, number),
            // Replays end with the feed.
            (_, Phase::Failed(error)) => return Look::Update(FeedUpdate::Failed(error.clone())),
            (Some((run, None)), _) => {
                let (floor_run, floor) = log.ring.floor();
                return Look::Replay {
                    until: if floor_run == run { floor } else { None },
                };
            }
            // The follower has not begun: it may be about to enter this very run.
            (None, _) if log.runs.newest().is_none() => return Look::Wait,
            (None, _) => return Look::Replay { until: None },
        };
        if let Some(position) = after
            && !log.ring.holds(run, position)
        {
            // Somebody was faster than the follower here: another node, or a replay.
            // The first tail may have been looked for before this reader's event was there.
            let until = *self.ahead_until.get_or_insert(log.tails + 2);
            let may_come = !log.has_read(run, position) && log.tails < until;
            return match &log.phase {
                Phase::Failed(error) => Look::Update(FeedUpdate::Failed(error.clone())),
                _ if may_come => Look::WaitAhead,
                _ => Look::Update(self.gap(Arc::clone(run_id))),
            };
        }
        self.ahead_until = None;
        self.past = None;
        self.at = At::Ring(number);
        Look::Again
    }

    fn look_at_tail(&mut self, log: &Log) -> Look {
        match &log.phase {
            Phase::Live if !self.live_said => {
                self.live_said = true;
                Look::Update(FeedUpdate::Live(self.cursor.clone()))
            }
            Phase::Replaying | Phase::Live => Look::Wait,
            Phase::Ended => Look::Update(FeedUpdate::End),
            Phase::Failed(error) => Look::Update(FeedUpdate::Failed(error.clone())),
        }
    }
}

//! Reading what the ring no longer holds, from replays that readers share.

use std::{sync::Arc, time::Duration};

use fast_temporal_protocol::Position;
use tokio::time::timeout;

use super::{AHEAD, At, FeedUpdate, Subscription, start_of};
use crate::feed::replay::{Found, Load, Outcome, Segment, SegmentEnd};

/// How soon a replay is read again that ended before the ring begins: it was an old one, or history
/// has become shorter.
const STALE: Duration = Duration::from_millis(500);

/// The part of a reader that only replays need.
pub(super) struct Past {
    /// How many loads of the feed were begun when the reader came to where it stands. A later one
    /// has seen all that the reader has.
    since: u64,
    /// Its segment is not held, as this reader may stall here.
    load: Option<Arc<Load>>,
}

impl Subscription {
    /// Reads from a replay, no further than `until`. `None` where the reader only moved on.
    pub(super) async fn read_past(&mut self, until: Option<Position>) -> Option<FeedUpdate> {
        let At::Run { run_id, after } = self.at.clone() else {
            return None;
        };
        let segment = match self.segment(&run_id, after).await {
            Ok(segment) => segment,
            Err(step) => return step,
        };
        // Whatever was read before: nothing is given out that does not follow the reader's place
        // in one and the same history.
        let found = after.map_or(Found::Here, |position| segment.find(position));
        match found {
            Found::Here => {}
            Found::Later => {
                self.put_back();
                return None;
            }
            Found::Nowhere if self.knows_better() => {
                self.withdraw();
                return None;
            }
            Found::Nowhere => return Some(self.gap(run_id)),
        }
        let batch = segment.batch(after, until);
        if let Some(last) = batch.last() {
            let after = Some(last.event().cursor.position);
            self.at = At::Run { run_id, after };
            return Some(self.give(batch));
        }
        if segment.last() > after {
            // All that is left here lies beyond where the ring begins, and yet the ring begins
            // later: one of the two is of another branch. It is read anew, lest it be this one; the
            // follower leaves its own by itself.
            self.withdraw();
            let _ = timeout(STALE, self.changes.changed()).await;
            return None;
        }
        self.past = None;
        match &segment.end {
            SegmentEnd::Next(next) => self.at = start_of(Arc::clone(next)),
            SegmentEnd::Lost(next) => return Some(self.gap(Arc::clone(next))),
            SegmentEnd::More => {}
            SegmentEnd::Tail => {
                // The follower will come here, or has: it is not to be overtaken again and again.
                let wait = if until.is_some() { STALE } else { AHEAD };
                let _ = timeout(wait, self.changes.changed()).await;
            }
        }
        None
    }

    /// The segment in which this reader stands; or what else is to be done.
    async fn segment(
        &mut self,
        run_id: &Arc<str>,
        after: Option<Position>,
    ) -> Result<Arc<Segment>, Option<FeedUpdate>> {
        let feed = &self.feed;
        let past = self.past.get_or_insert_with(|| {
            Box::new(Past {
                since: feed.replay.begun(),
                load: None,
            })
        });
        let load = past
            .load
            .get_or_insert_with(|| feed.replay.load(feed, run_id, after));
        match load.outcome().await {
            Outcome::Read(shelved) => shelved.segment().ok_or_else(|| {
                past.load = None;
                None
            }),
            Outcome::Gone { rest, begun } => Err(self.meet_gone(run_id, begun, rest)),
            Outcome::Failed(error) => {
                self.failed = Some(error);
                Err(None)
            }
        }
    }

    /// The run that this reader has come to is gone, as was found after so many loads were begun; the
    /// oldest that is left is `rest`. Where it came from another run, it looks there first, and anew:
    /// a failover that took the run took what led to it, too, so its place may be gone, or lead
    /// elsewhere by now.
    fn meet_gone(&mut self, gone: &Arc<str>, begun: u64, rest: Arc<str>) -> Option<FeedUpdate> {
        let came_from = self.cursor.as_ref().map(|cursor| &cursor.run_id);
        if let Some(before) = came_from.filter(|run| *run != gone) {
            self.feed.replay.outdate(before, begun);
            if self.met_gone.as_ref() != Some(gone) {
                self.met_gone = Some(Arc::clone(gone));
                self.past = None;
                self.at = self.place();
                return None;
            }
        }
        Some(self.gap(rest))
    }

    /// Whether the replay was begun before this reader came to its place, and so may lack it.
    fn knows_better(&self) -> bool {
        let past = self.past.as_ref();
        past.is_some_and(|past| {
            let load = past.load.as_ref();
            load.is_some_and(|load| !load.is_later_than(past.since))
        })
    }

    /// The next replay is another one, for whoever comes.
    fn withdraw(&mut self) {
        if let Some(load) = self.past.as_ref().and_then(|past| past.load.as_ref()) {
            self.feed.replay.withdraw(load);
        }
        self.put_back();
    }

    /// The next replay is another one, from the same place.
    fn put_back(&mut self) {
        if let Some(past) = &mut self.past {
            past.load = None;
        }
    }
}

//! Reading what the ring no longer holds, from replays that readers share.

use std::{sync::Arc, time::Duration};

use fast_temporal_protocol::Position;
use tokio::time::timeout;

use super::{AHEAD, At, BATCH, Step, Subscription, start_of};
use crate::{
    EngineErrorKind,
    feed::replay::{Found, Load, Outcome, Segment, SegmentEnd},
};

/// How soon a replay is read again that ended before the ring begins: it was an old one, or history
/// has become shorter.
const STALE: Duration = Duration::from_millis(500);

/// The part of a reader that only replays need.
#[derive(Default)]
pub(super) struct Past {
    /// Held for as long as the segment is, so that others find it.
    load: Option<Arc<Load>>,
    segment: Option<Arc<Segment>>,
}

impl Subscription {
    /// Reads from a replay, no further than `until`. `None` where the reader only moved on.
    pub(super) async fn read_past(&mut self, until: Option<Position>) -> Option<Step> {
        let At::Run {
            run_id,
            after,
            checked,
        } = self.at.clone()
        else {
            return None;
        };
        let walking = self
            .past
            .as_ref()
            .is_some_and(|past| past.segment.is_some());
        let segment = match self.segment(&run_id, after).await {
            Ok(segment) => segment,
            Err(step) => return step,
        };
        // Also a place that was read here: history may have gone on in another branch since.
        if let Some(position) = after
            && !(checked && walking)
        {
            match segment.find(position) {
                Found::Here => {}
                Found::Later => {
                    self.past = None;
                    return None;
                }
                Found::Nowhere => return Some(self.gap(run_id)),
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
            self.past.get_or_insert_default().segment = Some(segment);
            return Some(self.give(batch));
        }
        self.past = None;
        match &segment.end {
            SegmentEnd::Next(next) => self.at = start_of(Arc::clone(next)),
            SegmentEnd::Lost(next) => return Some(self.gap(Arc::clone(next))),
            SegmentEnd::More => {
                self.at = At::Run {
                    run_id,
                    after,
                    checked: true,
                }
            }
            SegmentEnd::Tail => {
                self.at = At::Run {
                    run_id,
                    after,
                    checked: true,
                };
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
    ) -> Result<Arc<Segment>, Option<Step>> {
        let feed = &self.feed;
        let past = self.past.get_or_insert_default();
        if let Some(segment) = past.segment.take() {
            return Ok(segment);
        }
        let load = past
            .load
            .get_or_insert_with(|| feed.replay.load(feed, run_id, after));
        match load.outcome().await {
            Outcome::Read(segment) => Ok(segment),
            Outcome::Gone(rest) => Err(Some(self.gap(rest))),
            Outcome::Failed(error) if error.kind == EngineErrorKind::BranchChanged => {
                // Whether the place is part of the other branch has to be seen.
                self.past = None;
                self.at = At::Run {
                    run_id: Arc::clone(run_id),
                    after,
                    checked: after.is_none(),
                };
                Err(None)
            }
            Outcome::Failed(error) => {
                self.failed = Some(error);
                Err(None)
            }
        }
    }
}

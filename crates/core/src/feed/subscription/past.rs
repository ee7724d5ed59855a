//! Reading what the ring no longer holds, from replays that readers share.

use std::sync::Arc;

use fast_temporal_protocol::Position;
use tokio::sync::watch;

use super::{At, BATCH, Step, Subscription, start_of};
use crate::{
    EngineErrorKind,
    feed::{
        log::{Feed, Phase},
        replay::{Found, Load, Outcome, Segment, SegmentEnd},
    },
};

/// The part of a reader that only replays need.
#[derive(Default)]
pub(super) struct Past {
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
        let segment = match self.segment(&run_id, after).await {
            Ok(segment) => segment,
            Err(step) => return step,
        };
        if let Some(position) = after
            && !checked
        {
            match segment.find(position) {
                Found::Here => {}
                Found::Later => return None,
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
        match &segment.end {
            SegmentEnd::Next(next) => self.at = start_of(Arc::clone(next)),
            SegmentEnd::Lost(next) => return Some(self.gap(Arc::clone(next))),
            SegmentEnd::More | SegmentEnd::Tail => {
                self.at = At::Run {
                    run_id,
                    after,
                    checked: true,
                }
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
        if let Some(segment) = past.segment.take_if(|segment| segment.run_id == *run_id) {
            return Ok(segment);
        }
        let load = past
            .load
            .get_or_insert_with(|| feed.replay.load(feed, run_id, after));
        // A node that stops ends its replays without an outcome; the follower says so.
        let outcome = tokio::select! {
            biased;
            outcome = load.outcome() => outcome,
            () = failed(&mut self.changes, feed) => return Err(None),
        };
        past.load = None;
        match outcome {
            Outcome::Read(segment) => Ok(segment),
            Outcome::Gone(rest) => Err(Some(self.gap(rest))),
            Outcome::Failed(error) if error.kind == EngineErrorKind::BranchChanged => {
                feed.replay.forget();
                Err(Some(self.gap(Arc::clone(run_id))))
            }
            Outcome::Failed(error) => {
                self.failed = Some(error);
                Err(None)
            }
        }
    }

    /// Goes on at the start of a run, with something lost before it.
    fn gap(&mut self, run_id: Arc<str>) -> Step {
        self.at = start_of(run_id);
        Step::Gap
    }
}

/// Returns once the feed has failed.
async fn failed(changes: &mut watch::Receiver<()>, feed: &Feed) {
    while !matches!(feed.log().phase, Phase::Failed(_)) {
        let _ = changes.changed().await;
    }
}

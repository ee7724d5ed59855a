//! The task that reads one segment.

use std::sync::Arc;

use fast_temporal_protocol::Position;
use tokio::time::sleep;
use tracing::debug;

use super::{Outcome, Segment, SegmentEnd};
use crate::{
    Engine, EngineError, EngineErrorKind,
    engine::{RunEnd, Source, Wait},
    feed::{Entry, backoff::Backoff, chain, log::Feed},
};

pub(super) struct Loader {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) feed: Arc<Feed>,
    pub(super) run_id: Arc<str>,
    pub(super) after: Option<Position>,
    pub(super) source: Box<dyn Source>,
    pub(super) events: usize,
}

impl Loader {
    /// Reads until there is an outcome. What may pass is tried again for as long as it takes: the
    /// caller ends the wait when the node stops.
    pub(super) async fn run(mut self) -> Outcome {
        let mut backoff = Backoff::default();
        loop {
            let outcome = match self.read().await {
                Ok(segment) => Ok(Outcome::Read(Arc::new(segment))),
                Err(error) if error.kind == EngineErrorKind::NotFound => {
                    self.find_rest(error).await
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(outcome) => return outcome,
                Err(error) if error.is_transient() => {
                    debug!(workflow_id = %self.feed.workflow_id, run_id = %self.run_id, %error,
                        "replay failed, trying again");
                    sleep(backoff.next_wait()).await;
                }
                Err(error) => return Outcome::Failed(error),
            }
        }
    }

    async fn read(&mut self) -> Result<Segment, EngineError> {
        // A fork, so that a try that failed half way leaves the place where it began.
        let mut source = self.source.fork();
        let mut entries: Vec<Arc<Entry>> = Vec::new();
        let end = loop {
            let page = source.next(Wait::Short).await?;
            entries.extend(
                page.events
                    .into_iter()
                    .map(|event| Arc::new(Entry::new(event))),
            );
            if let Some(end) = page.end {
                break self.after_run(end).await?;
            }
            if page.caught_up {
                break SegmentEnd::Tail;
            }
            if entries.len() >= self.events {
                break SegmentEnd::More;
            }
        };
        let segment = Segment {
            run_id: Arc::clone(&self.run_id),
            after: self.after,
            entries,
            end,
        };
        if let (SegmentEnd::More | SegmentEnd::Tail, Some(last)) = (&segment.end, segment.last()) {
            self.feed.replay.keep(&self.run_id, last, &*source);
        }
        Ok(segment)
    }

    /// Where the feed goes on after this run.
    async fn after_run(&self, end: RunEnd) -> Result<SegmentEnd, EngineError> {
        if let Some(next) = end.successor.or_else(|| self.followed_after()) {
            return Ok(SegmentEnd::Next(next));
        }
        let feed = &self.feed;
        let next = chain::unnamed_successor(
            &*self.engine,
            &feed.workflow_id,
            &feed.first_run_id,
            &self.run_id,
        )
        .await?;
        let log = feed.log();
        Ok(match next {
            Some(next) => SegmentEnd::Next(next),
            // The run that is being followed: the ring has its end.
            None if log.run(&self.run_id).is_some() => SegmentEnd::Tail,
            None => match log.runs.first() {
                Some(first) => SegmentEnd::Lost(Arc::clone(first)),
                None => SegmentEnd::Tail,
            },
        })
    }

    fn followed_after(&self) -> Option<Arc<str>> {
        let log = self.feed.log();
        log.runs.get(log.run(&self.run_id)? + 1).cloned()
    }

    /// The oldest run that is left, where this one's history is gone.
    async fn find_rest(&self, error: EngineError) -> Result<Outcome, EngineError> {
        let Some(newest) = self.feed.log().runs.first().cloned() else {
            return Ok(Outcome::Failed(error));
        };
        let rest = chain::earliest(&*self.engine, &self.feed.workflow_id, newest).await?;
        Ok(match rest {
            Some(rest) if rest != self.run_id => Outcome::Gone(rest),
            _ => Outcome::Failed(error),
        })
    }
}

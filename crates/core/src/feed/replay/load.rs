//! The task that reads one segment.

use std::sync::Arc;

use fast_temporal_protocol::Position;
use tokio::{sync::Semaphore, time::sleep};
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
    /// After how many events the segment ends.
    pub(super) events: usize,
    /// After how many bytes the segment ends.
    pub(super) bytes: usize,
    pub(super) permits: Arc<Semaphore>,
}

impl Loader {
    /// Reads until there is an outcome. What may pass is tried again for as long as it takes: the
    /// caller ends the wait when the node stops, or nobody waits any more.
    pub(super) async fn run(mut self) -> Outcome {
        let mut backoff = Backoff::default();
        loop {
            let error = match self.try_once().await {
                Ok(outcome) => return outcome,
                Err(error) => error,
            };
            debug!(workflow_id = %self.feed.workflow_id, run_id = %self.run_id, %error,
                "a replay failed");
            if error.kind == EngineErrorKind::BranchChanged {
                self.feed.replay.forget(&self.run_id);
                // Its readers try again at once.
                sleep(backoff.next_wait()).await;
            } else if error.is_transient() {
                sleep(backoff.next_wait()).await;
                continue;
            }
            return Outcome::Failed(error);
        }
    }

    /// One try. Only tries count against the bound, not the waits between them.
    async fn try_once(&mut self) -> Result<Outcome, EngineError> {
        let permits = Arc::clone(&self.permits);
        let _permit = permits
            .acquire()
            .await
            .expect("the semaphore is never closed");
        match self.read().await {
            Ok(segment) => Ok(Outcome::Read(Arc::new(segment))),
            Err(error) if error.kind == EngineErrorKind::NotFound => self.find_rest(error).await,
            Err(error) => Err(error),
        }
    }

    async fn read(&mut self) -> Result<Segment, EngineError> {
        // A fork, so that a try that failed half way leaves the place where it began.
        let mut source = self.source.fork();
        let mut entries: Vec<Arc<Entry>> = Vec::new();
        let mut closing = None;
        let mut bytes = 0;
        let end = loop {
            let page = source.next(Wait::Short).await?;
            for event in page.events {
                let entry = Arc::new(Entry::new(event));
                bytes += entry.weight();
                entries.push(entry);
            }
            if let Some(end) = page.end {
                let end = self.after_run(end).await?;
                if end == SegmentEnd::Tail {
                    // Whether the feed ends with the closing event, the follower tells.
                    closing = entries.pop().map(|entry| entry.event().cursor.position);
                }
                break end;
            }
            if page.caught_up {
                break SegmentEnd::Tail;
            }
            if entries.len() >= self.events || bytes >= self.bytes {
                break SegmentEnd::More;
            }
        };
        let segment = Segment {
            after: self.after,
            entries,
            closing,
            end,
        };
        if let (SegmentEnd::More, Some(last)) = (&segment.end, segment.last()) {
            self.feed.replay.keep(&self.run_id, last, &*source);
        }
        Ok(segment)
    }

    /// Where the feed goes on after this run.
    async fn after_run(&self, end: RunEnd) -> Result<SegmentEnd, EngineError> {
        if let Some(next) = end.successor {
            return Ok(SegmentEnd::Next(next));
        }
        let newest = {
            let log = self.feed.log();
            let next = log
                .run(&self.run_id)
                .map(|run| log.runs.get(run + 1).cloned());
            match next {
                Some(Some(next)) if log.gaps.contains(&next) => return Ok(SegmentEnd::Lost(next)),
                Some(Some(next)) => return Ok(SegmentEnd::Next(next)),
                // The run that is being followed: the ring has its end.
                Some(None) => return Ok(SegmentEnd::Tail),
                None => log.runs.last().cloned(),
            }
        };
        let Some(newest) = newest else {
            return Ok(SegmentEnd::Tail);
        };
        let (engine, feed) = (&*self.engine, &self.feed);
        let mut next = chain::between(engine, &feed.workflow_id, newest, &self.run_id).await?;
        if next.is_none() {
            // The follower has not come so far yet.
            let (workflow_id, first) = (&feed.workflow_id, &feed.first_run_id);
            let ended = &self.run_id;
            next = chain::unnamed_successor(engine, workflow_id, first, ended, &[]).await?;
        }
        Ok(match next {
            None => SegmentEnd::Tail,
            Some(next) if next.gap => SegmentEnd::Lost(next.run_id),
            Some(next) => SegmentEnd::Next(next.run_id),
        })
    }

    /// The oldest run that is left, where this one's history is gone.
    async fn find_rest(&self, error: EngineError) -> Result<Outcome, EngineError> {
        let replay = &self.feed.replay;
        let mut followed = self.feed.log().runs.clone();
        if let Some(oldest) = replay.oldest() {
            followed.insert(0, oldest);
        }
        let rest = chain::earliest(&*self.engine, &self.feed.workflow_id, &followed).await?;
        Ok(match rest {
            Some(rest) if rest != self.run_id => {
                replay.set_oldest(&rest);
                Outcome::Gone(rest)
            }
            _ => Outcome::Failed(error),
        })
    }
}

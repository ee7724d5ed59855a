//! The task that reads one segment.

use std::sync::Arc;

use fast_temporal_protocol::Position;
use tokio::{sync::Semaphore, time::sleep};
use tracing::{debug, warn};

use super::{Outcome, Segment, SegmentEnd, Shelf};
use crate::{
    Engine, EngineError, EngineErrorKind,
    engine::{RunEnd, Source, Wait},
    feed::{Entry, log::Feed, retry::Retry},
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
    pub(super) shelf: Arc<Shelf>,
    pub(super) retry: Retry,
}

impl Loader {
    /// Reads until there is an outcome. What passes by itself is tried through: the caller ends the
    /// wait when the node stops, or nobody waits any more.
    pub(super) async fn run(mut self) -> Outcome {
        loop {
            let error = match self.try_once().await {
                Ok(outcome) => return outcome,
                Err(error) => error,
            };
            debug!(workflow_id = %self.feed.workflow_id, run_id = %self.run_id, %error,
                "a replay failed");
            let branch_changed = error.kind == EngineErrorKind::BranchChanged;
            let wait = match self.retry.wait_after(error) {
                Ok(wait) => wait,
                Err(error) => {
                    warn!(workflow_id = %self.feed.workflow_id, run_id = %self.run_id, %error,
                        "can't read history again");
                    return Outcome::Failed(error);
                }
            };
            if branch_changed {
                // Whether the place where this began is part of the other branch is not known.
                self.feed.replay.forget(&self.run_id);
                self.after = None;
                self.source = self.engine.open(&self.feed.workflow_id, &self.run_id);
            }
            sleep(wait).await;
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
            Ok(segment) => Ok(Outcome::Read(Arc::new(self.shelf.put(segment)))),
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
            let page = source.next(Wait::NoWait).await?;
            for event in page.events {
                let entry = Arc::new(Entry::new(event));
                bytes += entry.weight();
                entries.push(entry);
            }
            if let Some(end) = page.end {
                let last = entries.last().map(|entry| entry.event().cursor.position);
                let end = self.after_run(end, last.or(self.after)).await?;
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

    /// Where the feed goes on after this run, which ended with the event at `last`.
    async fn after_run(
        &self,
        end: RunEnd,
        last: Option<Position>,
    ) -> Result<SegmentEnd, EngineError> {
        if let Some(next) = end.successor {
            return Ok(SegmentEnd::Next(next));
        }
        {
            let log = self.feed.log();
            // The follower may have begun later, or not have come so far yet.
            if let Some(run) = log.runs.number(&self.run_id) {
                let Some(next) = log.runs.after(run) else {
                    // The run that is being followed: the ring has its end.
                    return Ok(SegmentEnd::Tail);
                };
                // Where the follower has seen another end, that is lost, and so may be what
                // followed it.
                if log.runs.read_to(run) == last {
                    return Ok(SegmentEnd::before(next.run_id, next.gap));
                }
            }
        }
        let chain = self.feed.chain(&*self.engine);
        let next = chain.after(&self.run_id).await?;
        Ok(next.map_or(SegmentEnd::Tail, |next| {
            SegmentEnd::before(next.run_id, next.gap)
        }))
    }

    /// The oldest run that is left, where this one's history is gone.
    async fn find_rest(&self, error: EngineError) -> Result<Outcome, EngineError> {
        let replay = &self.feed.replay;
        // Some of these may have been begun after this one and yet have read what was before.
        let begun = replay.begun();
        let chain = self.feed.chain(&*self.engine);
        let mut known = self.feed.log().runs.ids();
        let here = known.iter().rposition(|run| *run == self.run_id);
        if let Some(here) = here {
            // Those before it may be left, and lead here again, where somebody deleted this one.
            known.drain(..=here);
        } else if let Some(oldest) = replay.oldest() {
            known.insert(0, oldest);
        }
        let rest = chain.earliest(&known).await?;
        let Some(rest) = rest.filter(|rest| *rest != self.run_id) else {
            return Ok(Outcome::Failed(error));
        };
        if here.is_none() {
            replay.set_oldest(&rest);
        }
        Ok(Outcome::Gone { rest, begun })
    }
}

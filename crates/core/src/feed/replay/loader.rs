//! The task that reads one segment.

use std::sync::Arc;

use fast_temporal_protocol::Position;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::{
    index::ReplayIndex,
    load::Outcome,
    segment::{Segment, SegmentEnd},
    segment_cache::SegmentCache,
};
use crate::{
    EngineError, EngineErrorKind,
    engine::{RunEnd, Source, Wait},
    feed::{
        chain::Chain,
        entry::Entry,
        log::{
            runs::NextRun,
            view::{LogView, NextInLog},
        },
        node::Node,
        retry::Retry,
    },
};

pub(super) struct Loader {
    pub(super) node: Arc<Node>,
    pub(super) log: LogView,
    pub(super) index: Arc<ReplayIndex>,
    pub(super) cache: Arc<SegmentCache>,
    pub(super) run_id: Arc<str>,
    /// The checkpoint at which the source is; `None` at the run's start.
    pub(super) after: Option<Position>,
    pub(super) source: Box<dyn Source>,
    pub(super) retry: Retry,
}

impl Loader {
    /// Reads until there is an outcome. Retries temporary errors for as long as they last: the
    /// caller drops the future when the node stops, or has no waiting subscriber.
    pub(super) async fn run(mut self) -> Outcome {
        loop {
            let error = match self.try_once().await {
                Ok(outcome) => return outcome,
                Err(error) => error,
            };
            let (workflow_id, run_id) = (self.log.workflow_id(), &self.run_id);
            debug!(%workflow_id, %run_id, %error, "a replay failed");
            let branch_changed = error.kind == EngineErrorKind::BranchChanged;
            let wait = match self.retry.wait_after(error) {
                Ok(wait) => wait,
                Err(error) => {
                    warn!(%workflow_id, %run_id, %error, "cannot read history again");
                    return Outcome::Failed(error);
                }
            };
            if branch_changed {
                // The checkpoint may not belong to the other branch.
                self.index.forget_run(run_id);
                self.source = self.node.engine.open(workflow_id, run_id);
                self.after = None;
            }
            sleep(wait).await;
        }
    }

    /// Tries once. Attempts count against the limit of concurrent replays, not the waits between
    /// them.
    async fn try_once(&self) -> Result<Outcome, EngineError> {
        let permit = self.node.replays.acquire().await;
        let _permit = permit.expect("the semaphore is never closed");
        match self.read().await {
            Ok(segment) => Ok(Outcome::Read(Arc::new(self.cache.insert(segment)))),
            Err(error) if error.kind == EngineErrorKind::NotFound => {
                self.find_remaining(error).await
            }
            Err(error) => Err(error),
        }
    }

    async fn read(&self) -> Result<Segment, EngineError> {
        let config = &self.node.config;
        // A fork, so that an attempt that fails leaves the source where it is.
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
                    // Only the follower knows whether the feed ends with the closing event.
                    closing = entries.pop().map(|entry| entry.event().cursor.position);
                }
                break end;
            }
            if page.caught_up {
                break SegmentEnd::Tail;
            }
            if entries.len() >= config.checkpoint_events.max(1) || bytes >= config.ring_bytes {
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
            self.index.add_checkpoint(&self.run_id, last, &*source);
        }
        Ok(segment)
    }

    /// Returns what comes after this run, which ended with the event at `last`.
    async fn after_run(
        &self,
        end: RunEnd,
        last: Option<Position>,
    ) -> Result<SegmentEnd, EngineError> {
        if let Some(run_id) = end.successor {
            return Ok(SegmentEnd::Run(NextRun {
                run_id,
                after_gap: false,
            }));
        }
        Ok(match self.log.next_run(&self.run_id, last) {
            NextInLog::Newest => SegmentEnd::Tail,
            NextInLog::Run(next) => SegmentEnd::Run(next),
            NextInLog::Unknown => {
                let next = self.chain().next_run(&self.run_id).await?;
                next.map_or(SegmentEnd::Tail, SegmentEnd::Run)
            }
        })
    }

    /// Finds the oldest run that remains, as this one's history is missing.
    async fn find_remaining(&self, error: EngineError) -> Result<Outcome, EngineError> {
        // Loads that were started after this one may have read the earlier history.
        let started = self.index.started();
        let mut known = self.log.run_ids();
        let this_run = known.iter().rposition(|run| *run == self.run_id);
        if let Some(this_run) = this_run {
            // Earlier runs may remain, and lead here again, if only this one was deleted.
            known.drain(..=this_run);
        } else if let Some(oldest) = self.index.oldest_run() {
            known.insert(0, oldest);
        }
        let oldest = self.chain().oldest_remaining(&known).await?;
        let Some(oldest) = oldest.filter(|oldest| *oldest != self.run_id) else {
            return Ok(Outcome::Failed(error));
        };
        if this_run.is_none() {
            self.index.set_oldest_run(&oldest);
        }
        Ok(Outcome::RunMissing { oldest, started })
    }

    fn chain(&self) -> Chain<'_> {
        Chain {
            engine: &*self.node.engine,
            workflow_id: self.log.workflow_id(),
            first_run_id: self.log.first_run_id(),
        }
    }
}

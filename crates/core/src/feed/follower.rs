//! The task that tails one workflow's history into its feed on this node.

mod pages;
mod run;

use std::{pin::pin, sync::Arc};

use fast_temporal_protocol::{Event, EventData};
use tokio::{select, time::sleep};
use tracing::{Instrument as _, debug, info, info_span, warn};

use self::run::{ClosedRun, RunFollower};
use super::{
    chain::Chain,
    followed_feed::FollowedFeed,
    log::{Phase, runs::NextRun},
    node::Node,
    retry::{Retry, backoff},
    table::{ChainStart, FeedTable},
};
use crate::{EngineError, EngineErrorKind};

pub(crate) struct Follower {
    feed: Arc<FollowedFeed>,
    node: Arc<Node>,
    start: ChainStart,
}

/// Removes the feed from the table and fails its subscriptions, however the follower ends.
struct Cleanup {
    feed: Arc<FollowedFeed>,
    table: Arc<FeedTable>,
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        self.table.remove(&self.feed);
        let error = EngineError::new(EngineErrorKind::Internal, "the follower stopped");
        self.feed.log.finish(Phase::Failed(error));
    }
}

impl Follower {
    pub(crate) fn new(feed: Arc<FollowedFeed>, node: Arc<Node>, start: ChainStart) -> Self {
        Self { feed, node, start }
    }

    /// Follows until the chain is closed and has no subscribers, or the node stops.
    pub(crate) async fn run(self, table: Arc<FeedTable>) {
        let span = info_span!("follow", workflow_id = %self.feed.log.workflow_id);
        self.run_inner(table).instrument(span).await;
    }

    async fn run_inner(self, table: Arc<FeedTable>) {
        debug!("following");
        let feed = Arc::clone(&self.feed);
        let node = Arc::clone(&self.node);
        let cleanup = Cleanup {
            feed: Arc::clone(&feed),
            table,
        };
        let mut follow = pin!(self.follow());
        let mut finished = false;
        loop {
            select! {
                biased;
                () = node.stop.cancelled() => {
                    let error = EngineError::new(EngineErrorKind::Stopping, "the node stops");
                    feed.log.finish(Phase::Failed(error));
                    break;
                }
                outcome = &mut follow, if !finished => {
                    finished = true;
                    match outcome {
                        Ok(()) => feed.log.finish(Phase::Ended),
                        Err(error) => {
                            warn!(%error, "cannot follow any further");
                            // The next subscriber starts another follower.
                            cleanup.table.remove(&feed);
                            feed.log.finish(Phase::Failed(error));
                        }
                    }
                }
                () = feed.subscribers.none_for(node.config.linger) => {
                    if cleanup.table.remove_idle(&feed) {
                        break;
                    }
                }
            }
        }
        debug!("no longer following");
    }

    /// Follows the chain to its end.
    async fn follow(self) -> Result<(), EngineError> {
        let mut is_live = self.start.is_new;
        let mut run_id = Arc::clone(&self.start.run_id);
        let mut run_is_current = self.start.run_is_current;
        let mut after_gap = false;
        let mut missing_runs = backoff();
        loop {
            self.feed.enter_run(&run_id, after_gap);
            let was_live = is_live;
            let run = RunFollower::new(&self.node, &self.feed, &run_id, after_gap);
            let ClosedRun {
                end,
                event,
                was_prompt,
            } = match run.follow(&mut is_live).await {
                Err(error) if error.kind == EngineErrorKind::NotFound => {
                    (run_id, after_gap) = (self.remaining_after(&run_id, error).await?, true);
                    run_is_current = false;
                    sleep(missing_runs.next_wait()).await;
                    // If it was followed before, it continues in another branch.
                    self.feed.replay.index.forget_run(&run_id);
                    continue;
                }
                closed => closed?,
            };
            // At the tail only a reset leaves the next run unnamed, and it looks like a termination.
            // A run that closed earlier may have been reset since.
            let just_closed = was_prompt || (run_is_current && !was_live && !is_live);
            let reset_likely = matches!(
                event.as_ref().map(|event| &event.data),
                Some(EventData::WorkflowTerminated(_)) | None
            );
            let next = match end.successor {
                Some(named) => Some(NextRun {
                    run_id: named,
                    after_gap: false,
                }),
                None if just_closed && !reset_likely => None,
                None => self.unnamed_next_run(&run_id).await?,
            };
            let event = event.map(|event| Event {
                end: next.is_none(),
                ..event
            });
            self.feed.log.publish(event.into_iter().collect());
            let Some(next) = next else { return Ok(()) };
            debug!(run_id = %next.run_id, after_gap = next.after_gap, "the chain continues");
            (run_id, after_gap) = (next.run_id, next.after_gap);
            run_is_current = false;
        }
    }

    async fn unnamed_next_run(&self, closed: &str) -> Result<Option<NextRun>, EngineError> {
        let mut retry = Retry::new(&self.node.config);
        loop {
            match self.chain().next_run(closed).await {
                Err(error) => retry.pause(error).await?,
                next => return next,
            }
        }
    }

    /// Returns the run to continue with, as this one's history is missing.
    async fn remaining_after(
        &self,
        missing: &str,
        error: EngineError,
    ) -> Result<Arc<str>, EngineError> {
        let followed = self.feed.log.lock().runs.ids();
        // If the run before it still leads here, there is no use in returning to that again.
        let only_later = followed.iter().filter(|run| ***run == *missing).count() > 1;
        let mut retry = Retry::new(&self.node.config);
        let next = loop {
            match self.chain().remaining_after(&followed, only_later).await {
                Err(error) => retry.pause(error).await?,
                Ok(next) => break next.filter(|next| **next != *missing).ok_or(error)?,
            }
        };
        info!(run_id = %missing, %next, "the history of a run is missing");
        Ok(next)
    }

    fn chain(&self) -> Chain<'_> {
        Chain {
            engine: &*self.node.engine,
            workflow_id: &self.feed.log.workflow_id,
            first_run_id: &self.feed.log.first_run_id,
        }
    }
}

//! The task that tails one workflow's history into its feed on this node.

mod pages;
mod run;

use std::{pin::pin, sync::Arc};

use fast_temporal_protocol::{Event, EventData};
use tokio::{select, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, debug, info, info_span, warn};

use self::run::Closed;
use super::{
    FeedConfig,
    budget::PollBudget,
    chain::Successor,
    log::{Feed, Phase},
    registry::FeedTable,
    retry::{Retry, backoff},
};
use crate::{Engine, EngineError, EngineErrorKind};

pub(super) struct Follower {
    pub(super) feed: Arc<Feed>,
    pub(super) engine: Arc<dyn Engine>,
    pub(super) budget: Arc<PollBudget>,
    pub(super) config: FeedConfig,
    /// The run to begin with.
    pub(super) run_id: Arc<str>,
    /// Whether the chain has no past: it was started just now.
    pub(super) fresh: bool,
}

/// Leaves the feed in order, however its follower ends: out of the table, and its readers told.
struct Leave {
    feed: Arc<Feed>,
    table: Arc<FeedTable>,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.table.remove(&self.feed);
        let why = EngineError::new(EngineErrorKind::Internal, "the follower broke");
        self.feed.finish(Phase::Failed(why));
    }
}

impl Follower {
    /// Follows until the chain is over and nobody reads it, or the node stops.
    pub(super) async fn run(self, table: Arc<FeedTable>, stop: CancellationToken) {
        let span = info_span!("follow", workflow_id = %self.feed.workflow_id);
        self.run_inner(table, stop).instrument(span).await;
    }

    async fn run_inner(self, table: Arc<FeedTable>, stop: CancellationToken) {
        debug!("following");
        let feed = Arc::clone(&self.feed);
        let leave = Leave {
            feed: Arc::clone(&feed),
            table,
        };
        let linger = self.config.linger;
        let mut follow = pin!(self.follow());
        let mut over = false;
        loop {
            select! {
                biased;
                () = stop.cancelled() => {
                    let why = EngineError::new(EngineErrorKind::Stopping, "the node stops");
                    feed.finish(Phase::Failed(why));
                    break;
                }
                outcome = &mut follow, if !over => {
                    over = true;
                    match outcome {
                        Ok(()) => feed.finish(Phase::Ended),
                        Err(error) => {
                            warn!(%error, "can't follow any further");
                            // Whoever comes next tries anew.
                            leave.table.remove(&feed);
                            feed.finish(Phase::Failed(error));
                        }
                    }
                }
                () = feed.idle(linger) => if leave.table.remove_idle(&feed) { break },
            }
        }
        debug!("no longer following");
    }

    /// Follows the chain to its end.
    async fn follow(self) -> Result<(), EngineError> {
        let mut live = self.fresh;
        let mut run_id = Arc::clone(&self.run_id);
        let mut run_is_current = self.feed.current;
        let mut gap = false;
        let mut losses = backoff();
        loop {
            self.feed.enter_run(Arc::clone(&run_id), gap);
            let was_live = live;
            let Closed { end, event, prompt } = match self.follow_run(&run_id, &mut live, gap).await
            {
                Err(error) if error.kind == EngineErrorKind::NotFound => {
                    (run_id, gap) = (self.left_after(&run_id, error).await?, true);
                    run_is_current = false;
                    sleep(losses.next_wait()).await;
                    // Where it was followed before, it goes on in another branch.
                    self.feed.replay.forget(&run_id);
                    continue;
                }
                closed => closed?,
            };
            // At the tail only a reset goes on unnamed, and it shows as a termination. In the past
            // anything may have been reset since.
            let just_closed = prompt || (run_is_current && !was_live && !live);
            let reset_likely = matches!(
                event.as_ref().map(|event| &event.data),
                Some(EventData::WorkflowTerminated(_)) | None
            );
            let successor = match end.successor {
                Some(named) => Some(Successor {
                    run_id: named,
                    gap: false,
                }),
                None if just_closed && !reset_likely => None,
                None => self.unnamed_successor(&run_id).await?,
            };
            let event = event.map(|event| Event {
                end: successor.is_none(),
                ..event
            });
            self.feed.publish(event.into_iter().collect());
            let Some(next) = successor else { return Ok(()) };
            debug!(run_id = %next.run_id, gap = next.gap, "the chain goes on");
            (run_id, gap) = (next.run_id, next.gap);
            run_is_current = false;
        }
    }

    async fn unnamed_successor(&self, ended: &str) -> Result<Option<Successor>, EngineError> {
        let chain = self.feed.chain(&*self.engine);
        let mut retry = Retry::new(&self.config);
        loop {
            match chain.after(ended).await {
                Err(error) => retry.pause(error).await?,
                found => return found,
            }
        }
    }

    /// The run to go on with where this one's history is gone.
    async fn left_after(&self, gone: &str, error: EngineError) -> Result<Arc<str>, EngineError> {
        let chain = self.feed.chain(&*self.engine);
        let followed = self.feed.log().runs.ids();
        // Where the run before it still leads here, there is no use in going back to that again.
        let onward = followed.iter().filter(|run| ***run == *gone).count() > 1;
        let mut retry = Retry::new(&self.config);
        let left = loop {
            match chain.left_after(&followed, onward).await {
                Err(error) => retry.pause(error).await?,
                Ok(left) => break left.filter(|left| **left != *gone).ok_or(error)?,
            }
        };
        info!(run_id = %gone, %left, "a run's history is gone");
        Ok(left)
    }
}

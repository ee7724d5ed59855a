//! The task that tails one workflow's history into its feed on this node.

use std::sync::Arc;

use fast_temporal_protocol::{Event, EventData};
use tokio::{
    pin, select,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, debug, info, info_span, warn};

use super::{
    FollowConfig,
    backoff::Backoff,
    budget::PollBudget,
    chain,
    log::{Feed, Phase},
    registry::FeedTable,
};
use crate::{
    Engine, EngineError, EngineErrorKind,
    engine::{Page, RunEnd, Source, Wait},
};

/// An empty answer to a long read that came sooner than this is a server in trouble.
const TOO_SOON: std::time::Duration = std::time::Duration::from_millis(100);

pub(super) struct Follower {
    pub(super) feed: Arc<Feed>,
    pub(super) engine: Arc<dyn Engine>,
    pub(super) budget: Arc<PollBudget>,
    pub(super) config: FollowConfig,
    /// The run to begin with.
    pub(super) run_id: Arc<str>,
    /// Whether that run was the id's current one, as far as is known.
    pub(super) run_is_current: bool,
    /// Whether the chain has no past: it was started just now.
    pub(super) fresh: bool,
}

impl Follower {
    /// Follows until the chain is over and nobody reads it, or the node stops.
    pub(super) async fn run(self, table: Arc<FeedTable>, stop: CancellationToken) {
        let feed = Arc::clone(&self.feed);
        let linger = self.config.linger;
        let span = info_span!("follow", workflow_id = %feed.workflow_id);
        async {
            debug!("following");
            let follow = Box::pin(self.follow());
            pin!(follow);
            let mut over = false;
            loop {
                select! {
                    biased;
                    () = stop.cancelled() => {
                        let why = EngineError::new(EngineErrorKind::Unavailable, "the node stops");
                        finish(&feed, Phase::Failed(why));
                        break;
                    }
                    outcome = &mut follow, if !over => {
                        over = true;
                        match outcome {
                            Ok(()) => finish(&feed, Phase::Ended),
                            Err(error) => {
                                warn!(%error, "can't follow any further");
                                // Whoever comes next tries anew.
                                table.remove(&feed);
                                finish(&feed, Phase::Failed(error));
                            }
                        }
                    }
                    () = feed.idle(linger) => if table.remove_idle(&feed) { break },
                }
            }
            debug!("no longer following");
        }
        .instrument(span)
        .await;
    }

    /// Follows the chain to its end.
    async fn follow(self) -> Result<(), EngineError> {
        let mut live = self.fresh;
        let mut run_id = Arc::clone(&self.run_id);
        let mut run_is_current = self.run_is_current;
        loop {
            self.feed.enter_run(Arc::clone(&run_id));
            if live {
                self.feed.update(|log| log.phase = Phase::Live);
            }
            let (end, closing) = self.follow_run(&run_id, &mut live).await?;
            // At the tail only a reset goes on unnamed, and it shows as a termination. In the past
            // anything may have been reset since.
            let reset_likely = matches!(
                closing.as_ref().map(|event| &event.data),
                Some(EventData::WorkflowTerminated(_)) | None
            );
            let successor = match end.successor {
                Some(named) => Some(named),
                None if reset_likely || !(live || run_is_current) => {
                    self.unnamed_successor(&run_id).await?
                }
                None => None,
            };
            let closing = closing.map(|event| Event {
                end: successor.is_none(),
                ..event
            });
            self.feed.publish(closing.into_iter().collect());
            match successor {
                Some(next) => {
                    debug!(run_id = %next, "the chain goes on");
                    run_id = next;
                    run_is_current = false;
                }
                None => return Ok(()),
            }
        }
    }

    /// Follows one run to its end. Its closing event is not published yet: whether the feed ends
    /// with it has still to be found out.
    async fn follow_run(
        &self,
        run_id: &Arc<str>,
        live: &mut bool,
    ) -> Result<(RunEnd, Option<Event>), EngineError> {
        let mut source = self.engine.open(&self.feed.workflow_id, run_id);
        let mut closing = None;
        let mut since_checkpoint = 0;
        loop {
            let page = match self.read(&mut *source, *live).await {
                Err(error) if error.kind == EngineErrorKind::BranchChanged => {
                    info!(%run_id, "history went on in another branch");
                    source = self.rejoin(run_id, *live).await?;
                    closing = None;
                    continue;
                }
                page => page?,
            };
            let Page {
                mut events,
                caught_up,
                taken,
                end,
            } = page;
            if events.last().is_some_and(|event| closes_run(&event.data)) {
                closing = events.pop();
            }
            since_checkpoint += events.len();
            self.feed.publish(events);
            if taken && !self.feed.log().taken {
                self.feed.update(|log| log.taken = true);
            }
            if since_checkpoint >= self.config.checkpoint_events && closing.is_none() {
                since_checkpoint = 0;
                if let Some(read_to) = self.feed.log().read_to {
                    self.feed.replay.keep(run_id, read_to, &*source);
                }
            }
            if caught_up && !*live {
                *live = true;
                self.feed.update(|log| log.phase = Phase::Live);
            }
            if let Some(end) = end {
                return Ok((end, closing));
            }
        }
    }

    /// One page, however long it takes: what may pass is tried again.
    async fn read(&self, source: &mut dyn Source, live: bool) -> Result<Page, EngineError> {
        let wait = if live { Wait::Long } else { Wait::Short };
        let mut backoff = Backoff::default();
        let mut failing = false;
        loop {
            let turn = self.budget.acquire().await;
            let began = Instant::now();
            let result = select! {
                biased;
                result = source.next(wait) => result,
                () = turn.over() => continue,
            };
            drop(turn);
            match result {
                Ok(page) if page.caught_up && live && began.elapsed() < TOO_SOON => {
                    sleep(backoff.next_wait()).await;
                    return Ok(page);
                }
                Ok(page) => {
                    if failing {
                        info!("reading history again");
                    }
                    return Ok(page);
                }
                Err(error) if error.is_transient() => {
                    if !failing {
                        warn!(%error, "can't read history, trying on");
                        failing = true;
                    }
                    sleep(backoff.next_wait()).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Finds the place where the feed stands in what is now the run's history. Where that place is
    /// no longer part of it, readers are told so, and begin the run anew.
    async fn rejoin(&self, run_id: &Arc<str>, live: bool) -> Result<Box<dyn Source>, EngineError> {
        self.feed.replay.forget();
        let mut source = self.engine.open(&self.feed.workflow_id, run_id);
        let Some(read_to) = self.feed.log().read_to else {
            return Ok(source);
        };
        let mut left = Vec::new();
        loop {
            let page = self.read(&mut *source, false).await?;
            let over = page.caught_up || page.end.is_some();
            left.extend(page.events);
            let found = left
                .iter()
                .position(|event| event.cursor.position == read_to);
            if let Some(found) = found {
                if page.end.is_none() {
                    self.feed.publish(left.split_off(found + 1));
                    return Ok(source);
                }
                break;
            }
            let passed = left
                .last()
                .is_some_and(|e| e.cursor.position.event_id > read_to.event_id);
            if over || passed {
                break;
            }
            left.clear();
        }
        // Another history, or one that is over by now: readers begin the run anew.
        self.feed.update(|log| {
            log.generation += 1;
            log.read_to = None;
            let run = log.runs.len().saturating_sub(1);
            log.ring.clear(run);
            log.phase = if live { Phase::Live } else { Phase::Replaying };
        });
        Ok(self.engine.open(&self.feed.workflow_id, run_id))
    }

    async fn unnamed_successor(&self, ended: &str) -> Result<Option<Arc<str>>, EngineError> {
        let mut backoff = Backoff::default();
        loop {
            let (workflow_id, first) = (&self.feed.workflow_id, &self.feed.first_run_id);
            match chain::unnamed_successor(&*self.engine, workflow_id, first, ended).await {
                Err(error) if error.is_transient() => {
                    debug!(%error, "can't tell whether the chain goes on, trying again");
                    sleep(backoff.next_wait()).await;
                }
                outcome => return outcome,
            }
        }
    }
}

fn finish(feed: &Feed, phase: Phase) {
    feed.update(|log| {
        // What ended has ended, whatever stops afterwards.
        if log.phase != Phase::Ended {
            log.phase = phase;
        }
    });
}

fn closes_run(data: &EventData) -> bool {
    matches!(
        data,
        EventData::WorkflowCompleted(_)
            | EventData::WorkflowFailed(_)
            | EventData::WorkflowCanceled(_)
            | EventData::WorkflowTerminated(_)
            | EventData::WorkflowTimedOut(_)
            | EventData::WorkflowContinuedAsNew(_)
    )
}

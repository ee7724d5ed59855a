//! Reads page after page, in turn with other followers, and retries.

use std::{mem, time::Duration};

use tokio::{
    select,
    time::{Instant, sleep},
};
use tracing::{info, warn};

use crate::{
    Backoff, EngineError, EngineErrorKind,
    engine::{Page, Source, Wait},
    feed::{
        budget::{PollBudget, Turn},
        retry::{Retry, backoff},
    },
};

/// An empty response to a long-poll that arrives sooner than this comes from an unhealthy server.
const TOO_SOON: Duration = Duration::from_millis(100);
/// After this number of turns that ended without a response, a read is a short one and is not cut:
/// otherwise a server that needs longer than a turn to respond would never get through.
const MAX_CUT_POLLS: u32 = 3;

pub(super) struct Pages<'a> {
    budget: &'a PollBudget,
    source: Box<dyn Source>,
    /// A turn that more than one short read can use.
    turn: Option<Turn<'a>>,
    retry: Retry,
    /// For responses that arrive too soon.
    empty_backoff: Backoff,
    is_failing: bool,
    cut_polls: u32,
    was_prompt: bool,
}

impl<'a> Pages<'a> {
    pub(super) fn new(budget: &'a PollBudget, source: Box<dyn Source>, retry: Retry) -> Self {
        Self {
            budget,
            source,
            turn: None,
            retry,
            empty_backoff: backoff(),
            is_failing: false,
            cut_polls: 0,
            was_prompt: true,
        }
    }

    pub(super) fn source(&self) -> &dyn Source {
        &*self.source
    }

    /// Continues with another source.
    pub(super) fn reopen(&mut self, source: Box<dyn Source>) {
        self.source = source;
        self.turn = None;
    }

    /// Whether the last page was read as soon as it was there: since the page before it, nothing
    /// failed, and the follower waited for no turn.
    pub(super) fn was_prompt(&self) -> bool {
        self.was_prompt
    }

    /// Returns the next page; waits for it at the tail if `waits`. Retries temporary errors.
    pub(super) async fn next(&mut self, waits: bool) -> Result<Page, EngineError> {
        self.was_prompt = true;
        loop {
            let turn = match self.turn.take().filter(|turn| !turn.has_ended()) {
                Some(turn) => turn,
                None => self.budget.acquire().await,
            };
            self.was_prompt &= !turn.was_waited_for();
            let wait = if waits && self.cut_polls < MAX_CUT_POLLS {
                Wait::LongPoll
            } else {
                Wait::NoWait
            };
            let start = Instant::now();
            let result = match wait {
                // It does not wait at the tail, so it is not cut.
                Wait::NoWait => self.source.next(wait).await,
                Wait::LongPoll => select! {
                    biased;
                    result = self.source.next(wait) => result,
                    () = turn.end() => {
                        self.cut_polls += 1;
                        continue;
                    }
                },
            };
            match result {
                Ok(page) => {
                    if wait == Wait::NoWait && (waits || !page.caught_up) {
                        self.turn = Some(turn);
                    } else {
                        drop(turn);
                    }
                    self.record_success();
                    if page.caught_up && wait == Wait::LongPoll && start.elapsed() < TOO_SOON {
                        sleep(self.empty_backoff.next_wait()).await;
                    } else if !page.caught_up {
                        self.empty_backoff.reset();
                    }
                    return Ok(page);
                }
                // The caller knows where to continue.
                Err(error) if error.kind == EngineErrorKind::BranchChanged => return Err(error),
                Err(error) => {
                    drop(turn);
                    self.record_failure(&error);
                    sleep(self.retry.wait_after(error)?).await;
                }
            }
        }
    }

    fn record_success(&mut self) {
        self.cut_polls = 0;
        self.retry.reset();
        if mem::take(&mut self.is_failing) {
            info!("reading history again");
        }
    }

    fn record_failure(&mut self, error: &EngineError) {
        self.was_prompt = false;
        if !mem::replace(&mut self.is_failing, true) {
            warn!(%error, "cannot read history");
        }
    }
}

//! Reading page after page, in turn with other followers, for as long as it takes.

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

/// An empty answer to a long read that came sooner than this is a server in trouble.
const TOO_SOON: Duration = Duration::from_millis(100);
/// After so many turns that ended without an answer, a read is seen through: a server that needs
/// longer than a turn for an answer would never be heard otherwise.
const MAX_CUTS: u32 = 3;

pub(super) struct Pages<'a> {
    budget: &'a PollBudget,
    source: Box<dyn Source>,
    /// A turn that may be used for more than one short read.
    turn: Option<Turn<'a>>,
    retry: Retry,
    /// For answers that came too soon.
    backoff: Backoff,
    failing: bool,
    cuts: u32,
    prompt: bool,
}

impl<'a> Pages<'a> {
    pub(super) fn new(budget: &'a PollBudget, source: Box<dyn Source>, retry: Retry) -> Self {
        Self {
            budget,
            source,
            turn: None,
            retry,
            backoff: backoff(),
            failing: false,
            cuts: 0,
            prompt: true,
        }
    }

    pub(super) fn source(&self) -> &dyn Source {
        &*self.source
    }

    /// Goes on with another source.
    pub(super) fn reopen(&mut self, source: Box<dyn Source>) {
        self.source = source;
        self.turn = None;
    }

    /// Whether the last page was read as soon as it was there: nothing failed, and no turn had to
    /// be waited for, since the page before it.
    pub(super) fn prompt(&self) -> bool {
        self.prompt
    }

    /// The next page. What may pass is tried again.
    pub(super) async fn next(&mut self, live: bool) -> Result<Page, EngineError> {
        self.prompt = true;
        loop {
            let turn = match self.turn.take().filter(|turn| !turn.is_over()) {
                Some(turn) => turn,
                None => self.budget.acquire().await,
            };
            self.prompt &= !turn.was_waited_for();
            let wait = if live && self.cuts < MAX_CUTS {
                Wait::LongPoll
            } else {
                Wait::NoWait
            };
            let began = Instant::now();
            let result = match wait {
                // It does not wait at the tail, so it is not cut either.
                Wait::NoWait => self.source.next(wait).await,
                Wait::LongPoll => select! {
                    biased;
                    result = self.source.next(wait) => result,
                    () = turn.over() => {
                        self.cuts += 1;
                        continue;
                    }
                },
            };
            match result {
                Ok(page) => {
                    if wait == Wait::NoWait && (live || !page.caught_up) {
                        self.turn = Some(turn);
                    } else {
                        drop(turn);
                    }
                    self.note_success();
                    if page.caught_up && wait == Wait::LongPoll && began.elapsed() < TOO_SOON {
                        sleep(self.backoff.next_wait()).await;
                    } else if !page.caught_up {
                        self.backoff.reset();
                    }
                    return Ok(page);
                }
                // Where to go on from is for the caller to say.
                Err(error) if error.kind == EngineErrorKind::BranchChanged => return Err(error),
                Err(error) => {
                    drop(turn);
                    self.note_failure(&error);
                    sleep(self.retry.wait_after(error)?).await;
                }
            }
        }
    }

    fn note_success(&mut self) {
        self.cuts = 0;
        self.retry.reset();
        if mem::take(&mut self.failing) {
            info!("reading history again");
        }
    }

    fn note_failure(&mut self, error: &EngineError) {
        self.prompt = false;
        if !mem::replace(&mut self.failing, true) {
            warn!(%error, "can't read history");
        }
    }
}

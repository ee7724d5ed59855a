//! What is known of a stream, what readers wait for, and what to ask next.

use std::{collections::BTreeSet, mem, ops::Bound, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    item::Item,
    stretch::{Stretch, Stretches},
};
use crate::{
    Backoff, EngineError, EngineErrorKind,
    engine::{ReadWorkflowStream, StreamPage},
};

/// How long a workflow's worker may take to answer.
const LIMIT: Duration = Duration::from_secs(4);
/// Waits double from the first to the last with each failure in a row.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LAST_WAIT: Duration = Duration::from_mins(1);
/// Where Temporal is away or busy, readers are told after so many failures in a row.
const TOLD_AFTER: u32 = 3;

/// One question, about to be asked.
pub(super) struct Ask {
    pub(super) read: ReadWorkflowStream,
    /// Which of the feed's questions it is, from 1.
    number: u64,
    /// How many workflow tasks were known to be completed.
    tasks: u64,
    began: Instant,
}

/// Why there was no answer.
struct Trouble {
    error: EngineError,
    /// How many workflow tasks were known to be completed then.
    tasks: u64,
    told: bool,
}

pub(super) struct State {
    interval: Duration,
    /// The run that is being followed: all else is about its stream.
    run_id: Option<Arc<str>>,
    /// How often a workflow task of it was seen to be completed. Without any, there is no stream.
    tasks: u64,
    /// The stream's end, as far as it was read.
    tail: u64,
    /// How many workflow tasks had been completed before it was asked whether there is more, where
    /// there was none.
    fresh: Option<u64>,
    /// The end of the stream, and parts of it that readers are behind by.
    ring: Stretches,
    past: Stretches,
    /// Where readers stand who wait for what is not here. Each answer empties this and wakes them, so
    /// that nothing is asked for those who are gone.
    wishes: BTreeSet<u64>,
    /// Whether a reader waits at the stream's end.
    follows: bool,
    /// Whether a reader waits to be told that this is all.
    ends: bool,
    /// Whether a reader waits until there is some use in asking again.
    stalls: bool,
    wish_was_last: bool,
    /// From where the last question was.
    last_from: u64,
    /// How many questions were asked, and which of them the stream's end is known by.
    asked: u64,
    answered: u64,
    trouble: Option<Trouble>,
    backoff: Backoff,
    /// How often failures in a row began.
    spells: u64,
    not_before: Instant,
}

impl State {
    pub(super) fn new(interval: Duration, max_bytes: usize) -> Self {
        Self {
            interval,
            run_id: None,
            tasks: 0,
            tail: 0,
            fresh: None,
            ring: Stretches::new(max_bytes),
            past: Stretches::new(max_bytes),
            wishes: BTreeSet::new(),
            follows: false,
            ends: false,
            stalls: false,
            wish_was_last: false,
            last_from: 0,
            asked: 0,
            answered: 0,
            trouble: None,
            backoff: Backoff::new(FIRST_WAIT, LAST_WAIT),
            spells: 0,
            not_before: Instant::now(),
        }
    }

    pub(super) fn enter_run(&mut self, run_id: Arc<str>) {
        self.run_id = Some(run_id);
        self.tasks = 0;
        self.wipe();
    }

    /// Says whether readers are to look again.
    pub(super) fn note_task(&mut self) -> bool {
        self.tasks += 1;
        mem::take(&mut self.stalls)
    }

    /// Forgets what the stream holds, and who waits for it.
    pub(super) fn wipe(&mut self) {
        self.tail = 0;
        self.fresh = None;
        self.ring.clear();
        self.past.clear();
        self.wishes.clear();
        self.follows = false;
        self.ends = false;
        self.stalls = false;
        self.answered = 0;
        self.trouble = None;
        self.backoff.reset();
    }

    pub(super) fn asked(&self) -> u64 {
        self.asked
    }

    /// Whether this is about that run.
    pub(super) fn is_of(&self, run_id: &Arc<str>) -> bool {
        self.run_id.as_ref() == Some(run_id)
    }

    /// Whether the stream ends before that offset, as an answer says to a question that was asked
    /// after those.
    pub(super) fn ends_before(&self, offset: u64, since: u64) -> bool {
        offset > self.tail && self.answered > since
    }

    /// What is here from that offset on, and the offset after it.
    pub(super) fn at(&self, offset: u64) -> Option<(&[Arc<Item>], u64)> {
        self.ring.at(offset).or_else(|| self.past.at(offset))
    }

    /// Why the workflow does not answer, and which of the spells of that it is, where this is to be
    /// told.
    pub(super) fn trouble(&self, at_last: bool) -> Option<(&EngineError, u64)> {
        let trouble = self.trouble.as_ref()?;
        (trouble.told || at_last).then_some((&trouble.error, self.spells))
    }

    /// Whether nothing more is to be had for now by a reader that stands there.
    pub(super) fn is_settled(&self, offset: u64) -> bool {
        self.tasks == 0
            || self.is_refused()
            || (self.fresh == Some(self.tasks) && offset == self.tail)
    }

    /// Whether there is no use in asking before the workflow's code has run again.
    fn is_refused(&self) -> bool {
        let trouble = self.trouble.as_ref();
        trouble.is_some_and(|it| it.tasks == self.tasks && !it.error.is_transient())
    }

    /// A reader waits for what comes at that offset; `ends` where it would be told, too, that
    /// nothing does.
    pub(super) fn wait_at(&mut self, offset: u64, ends: bool) {
        self.ends |= ends;
        if self.tasks == 0 || self.is_refused() {
            self.stalls = true;
        } else if offset == self.tail {
            self.follows = true;
        } else {
            self.wishes.insert(offset);
        }
    }

    /// When to ask next; `None` while there is nothing to ask.
    pub(super) fn ask_at(&self) -> Option<Instant> {
        self.wanted().map(|_| self.not_before)
    }

    fn wanted(&self) -> Option<u64> {
        if self.tasks == 0 || self.is_refused() {
            return None;
        }
        let tail = (self.follows && self.fresh != Some(self.tasks)).then_some(self.tail);
        // In turn, so that none who is far behind holds up the others.
        let after = (Bound::Excluded(self.last_from), Bound::Unbounded);
        let next = self.wishes.range(after).next();
        let wish = next.or_else(|| self.wishes.first()).copied();
        if self.wish_was_last {
            tail.or(wish)
        } else {
            wish.or(tail)
        }
    }

    pub(super) fn begin(&mut self, workflow_id: &Arc<str>) -> Option<Ask> {
        let from_offset = self.wanted()?;
        self.wish_was_last = self.wishes.contains(&from_offset);
        self.last_from = from_offset;
        self.asked += 1;
        Some(Ask {
            read: ReadWorkflowStream {
                workflow_id: Arc::clone(workflow_id),
                run_id: Arc::clone(self.run_id.as_ref()?),
                from_offset,
                timeout: LIMIT,
            },
            number: self.asked,
            tasks: self.tasks,
            began: Instant::now(),
        })
    }

    /// Takes note of what came of a question. Says whether that is news to readers.
    pub(super) fn note(&mut self, ask: &Ask, answer: Result<StreamPage, EngineError>) -> bool {
        if self.run_id.as_ref() != Some(&ask.read.run_id) {
            return false;
        }
        let has_wishes = !self.wishes.is_empty();
        self.wishes.clear();
        match answer {
            Ok(page) => {
                self.backoff.reset();
                self.not_before = ask.began + self.interval;
                let mended = self.trouble.take().is_some();
                self.take_in(ask, page) | mended | has_wishes
            }
            Err(error) => {
                self.note_failure(ask, error);
                true
            }
        }
    }

    fn take_in(&mut self, ask: &Ask, page: StreamPage) -> bool {
        let from = ask.read.from_offset;
        let mut next = from;
        let mut items = Vec::with_capacity(page.items.len());
        for item in page.items {
            // A worker's word is not to be trusted that they are in order.
            if let Some(offset) = item.offset.filter(|offset| *offset >= next) {
                next = offset.saturating_add(1);
                items.push(Arc::new(Item::new(offset, item, Timestamp::now())));
            }
        }
        let is_all = !page.more_ready || next == from;
        let next = if items.is_empty() && is_all {
            page.next_offset
        } else {
            page.next_offset.max(next)
        };
        let was_tail = from == self.tail;
        let stretch = (next > from).then_some(Stretch { from, next, items });
        let has_items = stretch.is_some();
        if let Some(stretch) = stretch {
            let follows_on = self.ring.next() == Some(from);
            let is_new_end = is_all && self.ring.next() != Some(next);
            if follows_on || is_new_end || self.ring.next().is_none() {
                if !follows_on {
                    self.ring.clear();
                }
                self.ring.push(stretch);
            } else {
                self.past.push(stretch);
            }
        }
        if is_all {
            (self.tail, self.fresh) = (next, Some(ask.tasks));
            self.answered = ask.number;
        } else if was_tail || next > self.tail {
            (self.tail, self.fresh) = (next, None);
        }
        if was_tail && has_items {
            self.follows = false;
        }
        has_items | mem::take(&mut self.ends)
    }

    fn note_failure(&mut self, ask: &Ask, error: EngineError) {
        if self.backoff.failures() == 0 {
            self.spells += 1;
        }
        self.not_before = Instant::now() + self.backoff.next_wait();
        let passes = matches!(
            error.kind,
            EngineErrorKind::Unavailable | EngineErrorKind::Busy
        );
        let told = !passes || self.backoff.failures() >= TOLD_AFTER;
        self.trouble = Some(Trouble {
            error,
            tasks: ask.tasks,
            told,
        });
    }
}

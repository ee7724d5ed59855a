//! Limits on requests to Temporal: on the history polls that are open at once, and on requests in a second.
//!
//! Temporal limits open polls per namespace for all clients together, so this node keeps to a
//! number. Followers beyond it take turns: the one that has waited longest gets the next free poll,
//! and each one that waits requests that the follower with the longest poll release it at the end
//! of its turn.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep_until},
};

#[derive(Debug)]
pub(crate) struct PollBudget {
    polls: Semaphore,
    waiting: AtomicUsize,
    /// One permit for each follower that started to wait: a request to release a poll, which stays
    /// until another follower serves it.
    release_requests: Semaphore,
    turn: Duration,
}

/// The right to keep one poll open.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
    budget: &'a PollBudget,
    was_waited_for: bool,
    ends: Instant,
}

impl PollBudget {
    pub(crate) fn new(polls: usize, turn: Duration) -> Self {
        Self {
            polls: Semaphore::new(polls.clamp(1, Semaphore::MAX_PERMITS)),
            waiting: AtomicUsize::new(0),
            release_requests: Semaphore::new(0),
            turn,
        }
    }

    pub(crate) async fn acquire(&self) -> Turn<'_> {
        let (permit, was_waited_for) = match self.polls.try_acquire() {
            Ok(permit) => (permit, false),
            Err(_) => (self.wait_for_permit().await, true),
        };
        Turn {
            _permit: permit,
            budget: self,
            was_waited_for,
            ends: Instant::now() + self.turn,
        }
    }

    async fn wait_for_permit(&self) -> SemaphorePermit<'_> {
        let _waiting = Waiting::new(&self.waiting);
        self.release_requests.add_permits(1);
        self.polls
            .acquire()
            .await
            .expect("the semaphore is never closed")
    }
}

impl Turn<'_> {
    /// Whether no poll was free at once.
    pub(crate) fn was_waited_for(&self) -> bool {
        self.was_waited_for
    }

    /// Whether the turn has lasted long enough, and another follower waits for one.
    pub(crate) fn has_ended(&self) -> bool {
        Instant::now() >= self.ends && self.budget.waiting.load(Ordering::Acquire) > 0
    }

    /// Returns once the turn has lasted long enough and another follower waits for one.
    pub(crate) async fn end(&self) {
        loop {
            let request = self.budget.release_requests.acquire().await;
            request.expect("the semaphore is never closed").forget();
            sleep_until(self.ends).await;
            // The waiting follower may have got another poll meanwhile.
            if self.budget.waiting.load(Ordering::Acquire) > 0 {
                return;
            }
        }
    }
}

/// Counts as waiting until dropped, however the wait ends.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Evenly spaced turns, in the order in which callers ask for them.
#[derive(Debug)]
pub(crate) struct Pace {
    spacing: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        Self {
            spacing: Duration::from_secs(1) / per_second.max(1),
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits for the caller's turn. If the caller gives up, its turn passes unused.
    pub(crate) async fn turn(&self) {
        let turn = {
            let mut next = self.next.lock();
            let turn = Instant::now().max(*next);
            *next = turn + self.spacing;
            turn
        };
        sleep_until(turn).await;
    }
}

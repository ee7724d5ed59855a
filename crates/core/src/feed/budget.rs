//! How many reads of history are open at once.
//!
//! Temporal counts open polls per namespace for everyone together, so this node keeps to a number.
//! Followers beyond it wait their turn: whoever has waited longest gets the next free poll, and
//! each one that waits asks the follower which has held its poll longest to give it up once its
//! turn is over.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep_until},
};

#[derive(Debug)]
pub(super) struct PollBudget {
    polls: Semaphore,
    waiting: AtomicUsize,
    /// One permit for each follower that began to wait: a request to give a poll up. It stays until
    /// somebody takes it.
    wanted: Semaphore,
    turn: Duration,
}

/// The right to keep one poll open.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
    budget: &'a PollBudget,
    waited: bool,
    ends: Instant,
}

impl PollBudget {
    pub(super) fn new(polls: usize, turn: Duration) -> Self {
        Self {
            polls: Semaphore::new(polls.clamp(1, Semaphore::MAX_PERMITS)),
            waiting: AtomicUsize::new(0),
            wanted: Semaphore::new(0),
            turn,
        }
    }

    pub(super) async fn acquire(&self) -> Turn<'_> {
        let (permit, waited) = match self.polls.try_acquire() {
            Ok(permit) => (permit, false),
            Err(_) => (self.wait_for_permit().await, true),
        };
        Turn {
            _permit: permit,
            budget: self,
            waited,
            ends: Instant::now() + self.turn,
        }
    }

    async fn wait_for_permit(&self) -> SemaphorePermit<'_> {
        let _waiting = Waiting::new(&self.waiting);
        self.wanted.add_permits(1);
        self.polls
            .acquire()
            .await
            .expect("the semaphore is never closed")
    }
}

impl Turn<'_> {
    /// Whether it was not to be had at once.
    pub(super) fn was_waited_for(&self) -> bool {
        self.waited
    }

    /// Whether the turn has lasted long enough, and somebody waits for one.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.ends && self.budget.waiting.load(Ordering::Acquire) > 0
    }

    /// Returns once the turn has lasted long enough and somebody waits for one.
    pub(super) async fn over(&self) {
        loop {
            let asked = self.budget.wanted.acquire().await;
            asked.expect("the semaphore is never closed").forget();
            sleep_until(self.ends).await;
            // Whoever asked may have been served meanwhile, by a poll that was answered.
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

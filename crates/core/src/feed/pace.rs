//! A limit on the requests that a node makes in a second.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

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

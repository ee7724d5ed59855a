//! How many requests a node makes in a second.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// Turns that come one after another, evenly, in the order in which they were asked for.
#[derive(Debug)]
pub(in crate::feed) struct Pace {
    spacing: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub(in crate::feed) fn new(per_second: u32) -> Self {
        Self {
            spacing: Duration::from_secs(1) / per_second.max(1),
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits for one's turn. A turn that is waited for no longer passes unused.
    pub(in crate::feed) async fn turn(&self) {
        let turn = {
            let mut next = self.next.lock();
            let turn = Instant::now().max(*next);
            *next = turn + self.spacing;
            turn
        };
        sleep_until(turn).await;
    }
}

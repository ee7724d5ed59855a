//! How many readers a feed has.

use tokio::time::{Duration, Instant, sleep_until};

use super::Feed;

#[derive(Clone, Copy, Debug)]
pub(super) struct Readers {
    count: usize,
    since: Instant,
}

impl Readers {
    pub(super) fn none() -> Self {
        Self {
            count: 0,
            since: Instant::now(),
        }
    }
}

impl Feed {
    pub(in crate::feed) fn add_reader(&self) {
        self.count_readers(|count| count + 1);
    }

    pub(in crate::feed) fn remove_reader(&self) {
        self.count_readers(|count| count.saturating_sub(1));
    }

    fn count_readers(&self, change: impl FnOnce(usize) -> usize) {
        self.readers.send_modify(|readers| {
            *readers = Readers {
                count: change(readers.count),
                since: Instant::now(),
            };
        });
    }

    pub(in crate::feed) fn has_readers(&self) -> bool {
        self.readers.borrow().count > 0
    }

    /// Returns once nobody has read for that long.
    pub(in crate::feed) async fn idle(&self, linger: Duration) {
        let mut readers = self.readers.subscribe();
        loop {
            let now = *readers.borrow_and_update();
            if now.count > 0 {
                if readers.changed().await.is_err() {
                    return;
                }
                continue;
            }
            let until = now.since + linger;
            tokio::select! {
                biased;
                changed = readers.changed() => if changed.is_err() { return },
                () = sleep_until(until) => return,
            }
        }
    }
}

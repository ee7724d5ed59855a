//! A reader that asks how running activities stand.

use std::sync::Arc;

use tokio::select;

use super::{At, Step, Subscription};

impl Subscription {
    /// The same, which also tells how running activities stand, once it is live: see
    /// [`Step::Progress`].
    #[must_use]
    pub fn with_progress(mut self) -> Self {
        let asked = self.feed.progress.ask(&self.feed);
        self.asked = Some(Box::new(asked));
        self
    }

    /// Waits for a change of the feed, or for something to tell besides. That comes after all
    /// events, so it is known whether these have closed an activity.
    pub(super) async fn wait_for_progress(&mut self) -> Option<Step> {
        let (Some(asked), At::Ring(number), true) = (&mut self.asked, &self.at, self.live_said)
        else {
            let _ = self.changes.changed().await;
            return None;
        };
        let feed = Arc::clone(&self.feed);
        select! {
            biased;
            _ = self.changes.changed() => None,
            news = asked.next(&feed, *number) => Some(Step::Progress(news)),
        }
    }
}

//! A reader that asks how running activities stand, or waits for something else besides events.

use std::{future::pending, sync::Arc};

use tokio::select;

use super::{At, FeedUpdate, Subscription};

impl Subscription {
    /// The same, which also tells how running activities stand, once it is live: see
    /// [`FeedUpdate::Progress`].
    #[must_use]
    pub fn with_progress(mut self) -> Self {
        let asked = self.feed.progress.ask(&self.feed);
        self.asked = Some(Box::new(asked));
        self
    }

    /// Waits for a change of the feed or of the workflow's stream, or for progress. That comes after
    /// all events, so it is known whether these have closed an activity.
    pub(super) async fn wait_besides(&mut self) -> Option<FeedUpdate> {
        let feed = Arc::clone(&self.feed);
        let at = match self.at {
            At::Ring(number) if self.live_said => Some(number),
            _ => None,
        };
        let progress = async {
            match (&mut self.asked, at) {
                (Some(asked), Some(number)) => asked.next(&feed, number).await,
                _ => pending().await,
            }
        };
        let stream = async {
            match &mut self.hosted {
                Some(hosted) => hosted.changed().await,
                None => pending().await,
            }
        };
        select! {
            biased;
            _ = self.changes.changed() => None,
            () = stream => None,
            news = progress => Some(FeedUpdate::Progress(news)),
        }
    }
}

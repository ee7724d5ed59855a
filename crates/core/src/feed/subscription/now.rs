//! Reading a feed from where it stands, or only its end.

use std::sync::Arc;

use super::{At, FeedUpdate, Look, Subscription};
use crate::{
    EngineError, EngineErrorKind,
    feed::{
        Entry,
        log::{Log, Phase},
    },
};

impl Subscription {
    /// The same, but from where the feed stands as soon as it has caught up.
    pub(in crate::feed) fn start_now(mut self) -> Self {
        self.at = At::Now;
        self
    }

    /// Whether it leaves out what happened before some place: a cursor, or now.
    pub fn skips_past(&self) -> bool {
        self.cursor.is_some() || matches!(self.at, At::Now)
    }

    /// Takes the feed's place as its own. The lock that is held sees to it that nothing happens in
    /// between.
    pub(super) fn look_for_now(&mut self, log: &Log) -> Look {
        let over = match &log.phase {
            Phase::Failed(error) => return Look::Update(FeedUpdate::Failed(error.clone())),
            Phase::Ended => true,
            Phase::Replaying | Phase::Live if !log.is_up_to_date() => return Look::Wait,
            Phase::Replaying | Phase::Live => false,
        };
        match (log.ring.last(), log.runs.newest()) {
            (Some(last), _) => self.cursor = Some(last.event().cursor.clone()),
            // Nothing of this run is told yet.
            (None, Some(run_id)) => self.start = Arc::clone(run_id),
            (None, None) => return Look::Wait,
        }
        self.at = At::Ring(log.ring.next_number());
        if over {
            return Look::Update(FeedUpdate::End);
        }
        self.live_said = true;
        Look::Update(FeedUpdate::Live(self.cursor.clone()))
    }

    /// Waits for the feed's end, and gives its last event. Reads nothing for that, so it is best
    /// asked of a subscription from now on. Dropping the future loses nothing.
    ///
    /// # Errors
    /// The feed can't be read on.
    pub async fn outcome(&self) -> Result<Arc<Entry>, EngineError> {
        // Of these changes, the end is one, and most events are not.
        let mut changes = self.feed.seed_changes();
        loop {
            changes.borrow_and_update();
            {
                let log = self.feed.log();
                match &log.phase {
                    Phase::Replaying | Phase::Live => {}
                    Phase::Failed(error) => return Err(error.clone()),
                    Phase::Ended => {
                        let gone =
                            || EngineError::new(EngineErrorKind::NotFound, "nothing is left");
                        return log.ring.last().cloned().ok_or_else(gone);
                    }
                }
            }
            // The sender lives in the feed, which this subscription holds.
            let _ = changes.changed().await;
        }
    }
}

//! A segment that is read, or was: what the subscribers that share it wait for.

use std::sync::Arc;

use fast_temporal_protocol::Position;
use tokio::sync::watch;

use super::segment_cache::CachedSegment;
use crate::{EngineError, EngineErrorKind};

#[derive(Debug)]
pub(crate) struct Load {
    /// The number of this load among the feed's, from 1.
    number: u64,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// The result of reading a segment.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Read(Arc<CachedSegment>),
    /// The run's history is missing.
    RunMissing {
        /// The oldest run that remains.
        oldest: Arc<str>,
        /// The number of loads started when that was found.
        started: u64,
    },
    Failed(EngineError),
}

impl Load {
    pub(super) fn new(number: u64, outcome: watch::Receiver<Option<Outcome>>) -> Self {
        Self { number, outcome }
    }

    /// Whether it was started after the first `started` loads.
    pub(crate) fn is_later_than(&self, started: u64) -> bool {
        self.number > started
    }

    /// Waits for the outcome. A task that ends without one was stopped with the node.
    pub(crate) async fn outcome(&self) -> Outcome {
        let mut outcome = self.outcome.clone();
        // The guard must not live across an await, or the future would not be `Send`.
        if outcome.wait_for(Option::is_some).await.is_err() {
            let error = EngineError::new(EngineErrorKind::Stopping, "the replay was stopped");
            return Outcome::Failed(error);
        }
        let outcome = outcome.borrow().clone();
        outcome.expect("`wait_for` returned it")
    }

    /// Whether a subscriber after this position finds something new here.
    pub(super) fn serves(&self, after: Option<Position>) -> bool {
        match &*self.outcome.borrow() {
            None => self.outcome.has_changed().is_ok(),
            Some(Outcome::Read(cached)) => cached
                .segment()
                .is_some_and(|segment| segment.continues_after(after)),
            Some(Outcome::RunMissing { .. } | Outcome::Failed(_)) => false,
        }
    }
}

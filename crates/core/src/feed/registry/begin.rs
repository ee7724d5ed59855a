//! What a feed begins with, and whether one that is there serves for it.

use std::sync::Arc;

use crate::{
    engine::WorkflowDescription,
    feed::log::{Feed, Phase},
};

/// What a follower that may be needed begins with.
pub(super) struct Begin {
    pub(super) first_run_id: Arc<str>,
    pub(super) run_id: Arc<str>,
    pub(super) run_is_current: bool,
    pub(super) fresh: bool,
}

impl Begin {
    pub(super) fn at(run: WorkflowDescription) -> Self {
        Self {
            first_run_id: run.first_run_id,
            run_id: run.run_id,
            run_is_current: true,
            fresh: false,
        }
    }

    pub(super) fn is_served_by(&self, feed: &Feed) -> bool {
        if feed.first_run_id != self.first_run_id {
            return false;
        }
        let log = feed.log();
        let holds_run = log.runs.number(&self.run_id).is_some();
        match log.phase {
            // A feed of the past may have begun after the run that is asked for.
            Phase::Replaying | Phase::Live => self.run_is_current || holds_run,
            // Without the run, it goes on: a closed workflow was reset.
            Phase::Ended => holds_run,
            Phase::Failed(_) => false,
        }
    }
}

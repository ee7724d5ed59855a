//! Which run follows which.
//!
//! History names the next run of continue-as-new, retry and cron. A reset it does not name: the
//! old run is plainly terminated, or was over long before, and any run may be reset, those of
//! chains of the past included. But of an id at most one run is open, so its runs follow one
//! another in time, and a chain is told in the order in which its runs began.

mod path;

use std::sync::Arc;

use jiff::SignedDuration;

use crate::{
    Engine, EngineError, EngineErrorKind,
    engine::{StartedRuns, WorkflowDescription},
};

/// How many runs are looked at that began after one which names no successor.
const MAX_LOOKED_AT: usize = 20;
/// A reset ends the open run and begins the new one in one go, within a millisecond. Nobody resets
/// twice within this time.
const TOGETHER: SignedDuration = SignedDuration::from_millis(100);

/// The run that a chain goes on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Successor {
    pub(super) run_id: Arc<str>,
    /// Whether runs between the two could not be found.
    pub(super) gap: bool,
}

/// A chain, as Temporal can be asked about it.
pub(super) struct Chain<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) workflow_id: &'a str,
    pub(super) first_run_id: &'a str,
}

/// A run that the chain has come to after another one, at once or later.
struct Later {
    run: WorkflowDescription,
    gap: bool,
}

impl Chain<'_> {
    /// The run that the chain goes on with after `ended`, whose history names none; `None` where
    /// the chain ends there.
    pub(super) async fn after(&self, ended: &str) -> Result<Option<Successor>, EngineError> {
        let Some(current) = self.describe(None).await? else {
            return Ok(None);
        };
        if *current.run_id == *ended {
            return Ok(None);
        }
        let Some(ended) = self.describe(Some(ended)).await? else {
            // It was lost while it was read.
            let left = self.left_after(&[ended.into()], true).await?;
            return Ok(left.map(|run_id| Successor { run_id, gap: true }));
        };
        let later = self.later(&ended, &current).await?;
        let until = later.as_ref().map_or(&current, |later| &later.run);
        if is_together(&ended, until) {
            // Nothing was in between, whatever else is lost.
            return Ok(later.map(|later| Successor {
                run_id: later.run.run_id,
                gap: false,
            }));
        }
        let between = self.runs_started_between(&ended, until).await?;
        for run_id in &between.run_ids {
            if *run_id == ended.run_id || *run_id == until.run_id {
                continue;
            }
            let run = self.describe(Some(run_id)).await?;
            // PayloadAccess's times are less exact.
            let is_next = |run: &WorkflowDescription| {
                *run.first_run_id == *self.first_run_id
                    && (ended.start_time..until.start_time).contains(&run.start_time)
            };
            if let Some(run) = run.filter(is_next) {
                return Ok(Some(Successor {
                    run_id: run.run_id,
                    gap: false,
                }));
            }
        }
        Ok(later.map(|later| Successor {
            run_id: later.run.run_id,
            gap: later.gap || between.more,
        }))
    }

    /// A run of the chain that began after `ended`, the earliest that Temporal itself leads to.
    /// There may be earlier ones, which were reset again since.
    async fn later(
        &self,
        ended: &WorkflowDescription,
        current: &WorkflowDescription,
    ) -> Result<Option<Later>, EngineError> {
        if let Some(run_id) = &ended.reset_run_id {
            let run = if *run_id == current.run_id {
                Some(current.clone())
            } else {
                self.describe(Some(run_id)).await?
            };
            if let Some(run) = run {
                return Ok(Some(Later { run, gap: false }));
            }
        }
        if *current.first_run_id != *self.first_run_id {
            return Ok(None);
        }
        self.on_the_way_to(current, ended).await.map(Some)
    }

    /// The runs of the id that began between the two, as visibility knows them.
    async fn runs_started_between(
        &self,
        ended: &WorkflowDescription,
        until: &WorkflowDescription,
    ) -> Result<StartedRuns, EngineError> {
        use EngineErrorKind::{Busy, Timeout, Unavailable};
        let (after, before) = (ended.start_time, until.start_time);
        let asked = self
            .engine
            .runs_started_between(self.workflow_id, after, before, MAX_LOOKED_AT)
            .await;
        match asked {
            Err(error) if matches!(error.kind, Busy | Timeout | Unavailable) => Err(error),
            // Where visibility can't be asked, nobody knows.
            Err(_) => Ok(StartedRuns {
                run_ids: Vec::new(),
                more: true,
            }),
            runs => runs,
        }
    }

    async fn describe(
        &self,
        run_id: Option<&str>,
    ) -> Result<Option<WorkflowDescription>, EngineError> {
        match self.engine.describe(self.workflow_id, run_id).await {
            Ok(run) => Ok(Some(run)),
            Err(error) if error.kind == EngineErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn is_together(ended: &WorkflowDescription, next: &WorkflowDescription) -> bool {
    ended
        .close_time
        .is_some_and(|closed| next.start_time.duration_since(closed) < TOGETHER)
}

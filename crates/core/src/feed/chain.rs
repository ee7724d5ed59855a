//! Which run follows which.
//!
//! History names the next run of continue-as-new, retry and cron, but not that of a reset: the old
//! run is terminated, or was closed long before, and any run can be reset, also one of an earlier
//! chain. But a workflow id has at most one open run, so its runs follow one another in time, and
//! a feed orders the runs of its chain by their start times.

use jiff::SignedDuration;

use super::log::runs::NextRun;
use crate::{
    Engine, EngineError, EngineErrorKind,
    engine::{StartedRuns, WorkflowDescription},
};

/// Maximum number of runs that are described to find the one after a run which names none.
const MAX_DESCRIBED: usize = 20;
/// A reset closes the open run and starts the new one within a millisecond. No client resets
/// twice within this time.
const RESET_TIME: SignedDuration = SignedDuration::from_millis(100);

/// A chain, as Temporal describes it.
pub(crate) struct Chain<'a> {
    pub(crate) engine: &'a dyn Engine,
    pub(crate) workflow_id: &'a str,
    pub(crate) first_run_id: &'a str,
}

/// A later run of the chain, perhaps not the next one.
pub(crate) struct LaterRun {
    pub(crate) run: WorkflowDescription,
    /// Whether runs before it are missing.
    pub(crate) after_gap: bool,
}

impl LaterRun {
    fn into_next(self, more_missing: bool) -> NextRun {
        NextRun {
            run_id: self.run.run_id,
            after_gap: self.after_gap || more_missing,
        }
    }
}

impl Chain<'_> {
    /// Returns the run that the chain continues with after `closed`, whose history names none;
    /// `None` if the chain ends there.
    pub(crate) async fn next_run(&self, closed: &str) -> Result<Option<NextRun>, EngineError> {
        let Some(current) = self.describe(None).await? else {
            return Ok(None);
        };
        if *current.run_id == *closed {
            return Ok(None);
        }
        let Some(closed) = self.describe(Some(closed)).await? else {
            // It was deleted while it was read.
            let next = self.remaining_after(&[closed.into()], true).await?;
            let after_gap = true;
            return Ok(next.map(|run_id| NextRun { run_id, after_gap }));
        };
        let later = self.later_run(&closed, &current).await?;
        let until = later.as_ref().map_or(&current, |later| &later.run);
        if is_reset_of_open_run(&closed, until) {
            // No run was in between, whatever else is missing.
            return Ok(later.map(|later| NextRun {
                run_id: later.run.run_id,
                after_gap: false,
            }));
        }
        let between = self.runs_started_between(&closed, until).await?;
        for run_id in &between.run_ids {
            if *run_id == closed.run_id || *run_id == until.run_id {
                continue;
            }
            let run = self.describe(Some(run_id)).await?;
            // Visibility's times are less exact.
            let is_next = |run: &WorkflowDescription| {
                *run.first_run_id == *self.first_run_id
                    && (closed.start_time..until.start_time).contains(&run.start_time)
            };
            if let Some(run) = run.filter(is_next) {
                return Ok(Some(NextRun {
                    run_id: run.run_id,
                    after_gap: false,
                }));
            }
        }
        Ok(later.map(|later| later.into_next(between.more)))
    }

    /// Returns the earliest run of the chain after `closed` that Temporal itself links to. There may
    /// be earlier ones, which were reset again since.
    async fn later_run(
        &self,
        closed: &WorkflowDescription,
        current: &WorkflowDescription,
    ) -> Result<Option<LaterRun>, EngineError> {
        if let Some(run_id) = &closed.reset_run_id {
            let run = if *run_id == current.run_id {
                Some(current.clone())
            } else {
                self.describe(Some(run_id)).await?
            };
            if let Some(run) = run {
                let after_gap = false;
                return Ok(Some(LaterRun { run, after_gap }));
            }
        }
        if *current.first_run_id != *self.first_run_id {
            return Ok(None);
        }
        self.first_on_path_to(current, closed).await.map(Some)
    }

    /// Returns the runs of the id that started between the two, according to visibility.
    async fn runs_started_between(
        &self,
        closed: &WorkflowDescription,
        until: &WorkflowDescription,
    ) -> Result<StartedRuns, EngineError> {
        use EngineErrorKind::{Busy, Timeout, Unavailable};
        let (after, before) = (closed.start_time, until.start_time);
        let runs = self
            .engine
            .runs_started_between(self.workflow_id, after, before, MAX_DESCRIBED)
            .await;
        match runs {
            Err(error) if matches!(error.kind, Busy | Timeout | Unavailable) => Err(error),
            // Without visibility, such runs can't be ruled out.
            Err(_) => Ok(StartedRuns {
                run_ids: Vec::new(),
                more: true,
            }),
            runs => runs,
        }
    }

    pub(crate) async fn describe(
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

fn is_reset_of_open_run(closed: &WorkflowDescription, next: &WorkflowDescription) -> bool {
    closed
        .close_time
        .is_some_and(|time| next.start_time.duration_since(time) < RESET_TIME)
}

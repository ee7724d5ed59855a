//! Walks back from a run to those before it, each of which the next one names.

use std::sync::Arc;

use super::chain::{Chain, LaterRun};
use crate::{EngineError, EngineErrorKind, engine::WorkflowDescription};

/// Maximum number of runs of a path.
const MAX_STEPS: usize = 1000;

/// A run and those before it, newest first.
struct Path {
    runs: Vec<Arc<str>>,
    /// Whether it ends early: at a missing run, or at the maximum length.
    is_cut: bool,
}

impl Chain<'_> {
    /// Returns the first run after `closed` on the path to the current one. If a reset went back to
    /// before `closed`, the path does not contain that.
    pub(crate) async fn first_on_path_to(
        &self,
        current: &WorkflowDescription,
        closed: &WorkflowDescription,
    ) -> Result<LaterRun, EngineError> {
        let until = |run: &Arc<str>| *run == closed.run_id;
        let Path { runs, is_cut } = self.path(&current.run_id, until).await?;
        let contains_closed = runs.last().is_some_and(until);
        // The first of these started after `closed`; the second started before it, or is missing.
        let (mut newer, mut older) = (0, runs.len() - usize::from(contains_closed));
        let mut run = current.clone();
        let mut after_gap = is_cut;
        while newer + 1 < older {
            // If the path contains it, the run after it is the first.
            let middle = if contains_closed {
                older - 1
            } else {
                usize::midpoint(newer, older)
            };
            match self.describe(Some(&runs[middle])).await? {
                Some(found) if found.start_time > closed.start_time => {
                    newer = middle;
                    run = found;
                }
                found => (older, after_gap) = (middle, found.is_none()),
            }
        }
        Ok(LaterRun { run, after_gap })
    }

    /// Returns the oldest run of the chain that Temporal still has. `known` are runs of the chain,
    /// oldest first, that may be closer to it than the current one.
    pub(crate) async fn oldest_remaining(
        &self,
        known: &[Arc<str>],
    ) -> Result<Option<Arc<str>>, EngineError> {
        // Retention deletes the oldest first, so a binary search finds what remains. Failovers lose
        // others, so there may be older ones than the one found.
        let (mut deleted, mut remaining) = (0, known.len());
        while deleted < remaining {
            let middle = usize::midpoint(deleted, remaining);
            if self.has(&known[middle]).await? {
                remaining = middle;
            } else {
                deleted = middle + 1;
            }
        }
        let from = match known.get(remaining) {
            Some(run) => Some(Arc::clone(run)),
            None => self.current().await?.map(|current| current.run_id),
        };
        let Some(from) = from else {
            return Ok(None);
        };
        let mut older = self.path(&from, |_| false).await?.runs;
        // The next run may name the last one although it was deleted.
        while let Some(run) = older.pop() {
            if self.has(&run).await? {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// Returns the run to continue with if the last followed one is missing: the first after it, or
    /// one before it whose end was lost in a failover. `only_later` rules the latter out.
    pub(crate) async fn remaining_after(
        &self,
        followed: &[Arc<str>],
        only_later: bool,
    ) -> Result<Option<Arc<str>>, EngineError> {
        let Some(current) = self.current().await? else {
            return Ok(None);
        };
        let was_followed = |run: &Arc<str>| followed.contains(run);
        let mut runs = self.path(&current.run_id, was_followed).await?.runs;
        let Some(met) = runs.pop_if(|run| was_followed(run)) else {
            return Ok(Some(current.run_id));
        };
        if !only_later && self.has(&met).await? {
            return Ok(Some(met));
        }
        while let Some(run) = runs.pop() {
            if self.has(&run).await? {
                return Ok(Some(run));
            }
        }
        Ok(Some(current.run_id))
    }

    /// Returns the id's current run, if it belongs to this chain.
    async fn current(&self) -> Result<Option<WorkflowDescription>, EngineError> {
        let current = self.describe(None).await?;
        Ok(current.filter(|run| *run.first_run_id == *self.first_run_id))
    }

    async fn has(&self, run_id: &str) -> Result<bool, EngineError> {
        Ok(self.describe(Some(run_id)).await?.is_some())
    }

    /// Returns the run and those before it, up to and including the first that `until` accepts.
    async fn path(
        &self,
        from: &Arc<str>,
        until: impl Fn(&Arc<str>) -> bool,
    ) -> Result<Path, EngineError> {
        let mut runs = vec![Arc::clone(from)];
        let mut is_cut = true;
        while runs.len() < MAX_STEPS {
            let newest = &runs[runs.len() - 1];
            if until(newest) {
                is_cut = false;
                break;
            }
            match self.engine.predecessor(self.workflow_id, newest).await {
                Ok(Some(run)) if !runs.contains(&run) => runs.push(run),
                Ok(_) => {
                    is_cut = false;
                    break;
                }
                Err(error) if error.kind == EngineErrorKind::NotFound => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Path { runs, is_cut })
    }
}

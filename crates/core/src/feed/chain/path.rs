//! Walking back from a run to those before it, each of which its successor names.

use std::sync::Arc;

use super::{Chain, Later};
use crate::{EngineError, EngineErrorKind, engine::WorkflowDescription};

/// How many runs back a walk goes.
const MAX_STEPS: usize = 1000;

/// A run and those before it, newest first.
struct Path {
    runs: Vec<Arc<str>>,
    /// Whether it was cut short: by what is lost, or by its length.
    cut: bool,
}

impl Chain<'_> {
    /// The first run after `ended` on the way to the current one. That way may not lead over
    /// `ended`, where a reset has gone back to before it.
    pub(super) async fn on_the_way_to(
        &self,
        current: &WorkflowDescription,
        ended: &WorkflowDescription,
    ) -> Result<Later, EngineError> {
        let until = |run: &Arc<str>| *run == ended.run_id;
        let Path { runs, cut } = self.path(&current.run_id, until).await?;
        let over = runs.last().is_some_and(until);
        // Begun after `ended` has the first of these, and has not, or is lost, the second.
        let (mut newer, mut older) = (0, runs.len() - usize::from(over));
        let mut run = current.clone();
        let mut gap = cut;
        while newer + 1 < older {
            // Where the way leads over it, the one after it is the one.
            let middle = if over {
                older - 1
            } else {
                usize::midpoint(newer, older)
            };
            match self.describe(Some(&runs[middle])).await? {
                Some(found) if found.start_time > ended.start_time => {
                    newer = middle;
                    run = found;
                }
                found => (older, gap) = (middle, found.is_none()),
            }
        }
        Ok(Later { run, gap })
    }

    /// The oldest run of the chain that Temporal still has. `known` are runs of it, oldest first,
    /// from which it is not as far as from the current one.
    pub(in crate::feed) async fn earliest(
        &self,
        known: &[Arc<str>],
    ) -> Result<Option<Arc<str>>, EngineError> {
        // Retention takes the oldest first, so what is left of these is found by halves. Failovers
        // take others, so there may be older ones, whichever is found.
        let (mut gone, mut left) = (0, known.len());
        while gone < left {
            let middle = usize::midpoint(gone, left);
            if self.has(&known[middle]).await? {
                left = middle;
            } else {
                gone = middle + 1;
            }
        }
        let from = match known.get(left) {
            Some(run) => Some(Arc::clone(run)),
            None => self.current().await?.map(|current| current.run_id),
        };
        let Some(from) = from else {
            return Ok(None);
        };
        let mut older = self.path(&from, |_| false).await?.runs;
        // The last one may be named by its successor and yet be gone.
        while let Some(run) = older.pop() {
            if self.has(&run).await? {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// The run to go on with where the last of those that were followed is gone: the first after it,
    /// or one of those before it, where a failover took its end away. `onward` rules that out.
    pub(in crate::feed) async fn left_after(
        &self,
        followed: &[Arc<str>],
        onward: bool,
    ) -> Result<Option<Arc<str>>, EngineError> {
        let Some(current) = self.current().await? else {
            return Ok(None);
        };
        let was_followed = |run: &Arc<str>| followed.contains(run);
        let mut runs = self.path(&current.run_id, was_followed).await?.runs;
        let Some(met) = runs.pop_if(|run| was_followed(run)) else {
            return Ok(Some(current.run_id));
        };
        if !onward && self.has(&met).await? {
            return Ok(Some(met));
        }
        while let Some(run) = runs.pop() {
            if self.has(&run).await? {
                return Ok(Some(run));
            }
        }
        Ok(Some(current.run_id))
    }

    /// The id's current run, where it is of this chain.
    async fn current(&self) -> Result<Option<WorkflowDescription>, EngineError> {
        let current = self.describe(None).await?;
        Ok(current.filter(|run| *run.first_run_id == *self.first_run_id))
    }

    async fn has(&self, run_id: &str) -> Result<bool, EngineError> {
        Ok(self.describe(Some(run_id)).await?.is_some())
    }

    /// The run and those before it, up to and with the first that `until` holds for.
    async fn path(
        &self,
        from: &Arc<str>,
        until: impl Fn(&Arc<str>) -> bool,
    ) -> Result<Path, EngineError> {
        let mut runs = vec![Arc::clone(from)];
        let mut cut = true;
        while runs.len() < MAX_STEPS {
            let newest = &runs[runs.len() - 1];
            if until(newest) {
                cut = false;
                break;
            }
            match self.engine.predecessor(self.workflow_id, newest).await {
                Ok(Some(run)) if !runs.contains(&run) => runs.push(run),
                Ok(_) => {
                    cut = false;
                    break;
                }
                Err(error) if error.kind == EngineErrorKind::NotFound => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Path { runs, cut })
    }
}

//! Which run follows which.
//!
//! History names the next run of continue-as-new, retry and cron. A reset it does not name: the
//! old run is plainly terminated, or was over long before. So the id is described, and the way
//! from its current run is walked back.

use std::sync::Arc;

use crate::{Engine, EngineError, EngineErrorKind};

/// How many runs back a walk goes.
const MAX_STEPS: usize = 1000;

/// The run that a chain goes on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Successor {
    pub(super) run_id: Arc<str>,
    /// Whether runs between the two could not be found.
    pub(super) gap: bool,
}

/// A run and those before it, newest first.
struct Lineage {
    runs: Vec<Arc<str>>,
    /// Whether it was cut short: by what retention took, or by its length.
    cut: bool,
}

/// The run that the chain goes on with after `ended`, whose history names none; `None` where the
/// chain ends there. Runs in `known` were followed already.
pub(super) async fn unnamed_successor(
    engine: &dyn Engine,
    workflow_id: &str,
    first_run_id: &str,
    ended: &str,
    known: &[Arc<str>],
) -> Result<Option<Successor>, EngineError> {
    let current = match engine.describe(workflow_id, None).await {
        Ok(current) => current,
        Err(error) if error.kind == EngineErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if &*current.run_id == ended || &*current.first_run_id != first_run_id {
        return Ok(None);
    }
    let newer = lineage(engine, workflow_id, current.run_id, Some(ended)).await?;
    if let Some(next) = newer.after(ended) {
        return Ok(Some(next));
    }
    // The current run comes from a reset to before `ended`: go on where the two ways part.
    let older = lineage(engine, workflow_id, ended.into(), None).await?;
    let is_old = |run: &Arc<str>| older.runs.contains(run) || known.contains(run);
    let parting = newer.runs.iter().position(is_old);
    let next = newer.runs[..parting.unwrap_or(newer.runs.len())].last();
    let gap = parting.is_none() && newer.cut;
    Ok(next.map(|run_id| Successor {
        run_id: Arc::clone(run_id),
        gap,
    }))
}

/// The run after `ended` on the way to `newest`; `None` where that way does not lead over `ended`.
pub(super) async fn between(
    engine: &dyn Engine,
    workflow_id: &str,
    newest: Arc<str>,
    ended: &str,
) -> Result<Option<Successor>, EngineError> {
    let newer = lineage(engine, workflow_id, newest, Some(ended)).await?;
    let oldest = || newer.runs.last().filter(|_| newer.cut).cloned();
    let lost = || oldest().map(|run_id| Successor { run_id, gap: true });
    Ok(newer.after(ended).or_else(lost))
}

/// The oldest run of a chain that Temporal still has. `followed` are runs of it, oldest first.
pub(super) async fn earliest(
    engine: &dyn Engine,
    workflow_id: &str,
    followed: &[Arc<str>],
) -> Result<Option<Arc<str>>, EngineError> {
    // Retention takes the oldest first, so what is left of these is found by halves.
    let (mut gone, mut left) = (0, followed.len());
    while gone < left {
        let middle = usize::midpoint(gone, left);
        if exists(engine, workflow_id, &followed[middle]).await? {
            left = middle;
        } else {
            gone = middle + 1;
        }
    }
    let Some(oldest) = followed.get(left) else {
        return Ok(None);
    };
    if left > 0 {
        return Ok(Some(Arc::clone(oldest)));
    }
    let mut older = lineage(engine, workflow_id, Arc::clone(oldest), None)
        .await?
        .runs;
    // The last one may be named by its successor and yet be gone.
    while let Some(run) = older.pop() {
        if exists(engine, workflow_id, &run).await? {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

async fn exists(engine: &dyn Engine, workflow_id: &str, run_id: &str) -> Result<bool, EngineError> {
    match engine.describe(workflow_id, Some(run_id)).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind == EngineErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The run and those before it, up to and with `until`.
async fn lineage(
    engine: &dyn Engine,
    workflow_id: &str,
    run: Arc<str>,
    until: Option<&str>,
) -> Result<Lineage, EngineError> {
    let mut runs = vec![run];
    let mut cut = true;
    while runs.len() < MAX_STEPS {
        let newest = &runs[runs.len() - 1];
        if until == Some(&**newest) {
            cut = false;
            break;
        }
        match engine.predecessor(workflow_id, newest).await {
            Ok(Some(run)) if !runs.contains(&run) => runs.push(run),
            Ok(_) => {
                cut = false;
                break;
            }
            Err(error) if error.kind == EngineErrorKind::NotFound => break,
            Err(error) => return Err(error),
        }
    }
    Ok(Lineage { runs, cut })
}

impl Lineage {
    /// The run after the oldest one, where that is `ended`.
    fn after(&self, ended: &str) -> Option<Successor> {
        let (oldest, newer) = self.runs.split_last()?;
        let next = newer.last().filter(|_| **oldest == *ended)?;
        Some(Successor {
            run_id: Arc::clone(next),
            gap: false,
        })
    }
}

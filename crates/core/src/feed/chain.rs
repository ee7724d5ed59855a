//! Which run follows which.
//!
//! History names the next run of continue-as-new, retry and cron. A reset it does not name: the
//! old run is plainly terminated, or was over long before. So the id is described, and the way
//! from its current run is walked back.

use std::sync::Arc;

use crate::{Engine, EngineError, EngineErrorKind};

/// How many runs back a walk goes. Longer ways are treated like history that is gone.
const MAX_STEPS: usize = 1000;

/// The run that the chain goes on with after `ended`, whose history names none; `None` where the
/// chain ends there.
pub(super) async fn unnamed_successor(
    engine: &dyn Engine,
    workflow_id: &str,
    first_run_id: &str,
    ended: &str,
) -> Result<Option<Arc<str>>, EngineError> {
    let current = match engine.describe(workflow_id, None).await {
        Ok(current) => current,
        Err(error) if error.kind == EngineErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if &*current.run_id == ended || &*current.first_run_id != first_run_id {
        return Ok(None);
    }
    let newer = lineage(engine, workflow_id, current.run_id, Some(ended)).await?;
    if newer.last().is_some_and(|run| &**run == ended) {
        return Ok(newer.into_iter().rev().nth(1));
    }
    // The current run comes from a reset to before `ended`: go on where the two ways part.
    let older = lineage(engine, workflow_id, ended.into(), None).await?;
    let parting = newer
        .iter()
        .position(|run| older.contains(run))
        .unwrap_or(newer.len());
    Ok(newer.into_iter().take(parting).next_back())
}

/// The oldest run before `run` that Temporal still has.
pub(super) async fn earliest(
    engine: &dyn Engine,
    workflow_id: &str,
    run: Arc<str>,
) -> Result<Option<Arc<str>>, EngineError> {
    let mut runs = lineage(engine, workflow_id, run, None).await?;
    // The last one may be named by its successor and yet be gone.
    while let Some(run) = runs.pop() {
        match engine.describe(workflow_id, Some(&run)).await {
            Ok(_) => return Ok(Some(run)),
            Err(error) if error.kind == EngineErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The run and those before it, newest first, up to and with `until`.
async fn lineage(
    engine: &dyn Engine,
    workflow_id: &str,
    run: Arc<str>,
    until: Option<&str>,
) -> Result<Vec<Arc<str>>, EngineError> {
    let mut runs = vec![run];
    while runs.len() < MAX_STEPS {
        let newest = &runs[runs.len() - 1];
        if until == Some(&**newest) {
            break;
        }
        match engine.predecessor(workflow_id, newest).await {
            Ok(Some(run)) if !runs.contains(&run) => runs.push(run),
            Ok(_) => break,
            Err(error) if error.kind == EngineErrorKind::NotFound => break,
            Err(error) => return Err(error),
        }
    }
    Ok(runs)
}

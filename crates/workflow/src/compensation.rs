//! Sagas: what was done is undone in reverse order where the workflow fails or is cancelled.

use futures_util::future::LocalBoxFuture;
use serde_json::json;
use temporalio_workflow::{WorkflowCancellationToken, WorkflowContext, WorkflowResult};
use tracing::warn;

use crate::{HasBase, Hooks, report};

/// The memo's key for why steps could not be undone.
const MEMO_KEY: &str = "not_undone";
/// Of so many of them the memo says why.
const MAX_TOLD: usize = 20;

struct Undo<W>(Box<dyn FnOnce(WorkflowContext<W>) -> LocalBoxFuture<'static, WorkflowResult<()>>>);

/// Keeps how to undo a step.
pub(crate) fn add<W, F, Fut>(ctx: &WorkflowContext<W>, undo: F)
where
    W: HasBase,
    F: FnOnce(WorkflowContext<W>) -> Fut + 'static,
    Fut: Future<Output = WorkflowResult<()>> + 'static,
{
    let undo = Undo::<W>(Box::new(move |ctx| Box::pin(undo(ctx))));
    ctx.state_mut(|state| state.base_mut().undo.push(Box::new(undo)));
}

/// Undoes all steps, the last one first, and gives how many could not be. One that fails does not
/// keep the others from it: it is reported.
pub(crate) async fn undo<W: Hooks>(ctx: &WorkflowContext<W>) -> usize {
    let (failure, is_shielded) = ctx.state_mut(|state| {
        let base = state.base_mut();
        let is_shielded = base.shield.is_some();
        base.shield
            .get_or_insert_with(WorkflowCancellationToken::new);
        (base.ending.take_failure(), is_shielded)
    });
    let (mut count, mut told) = (0, Vec::new());
    while let Some(step) = pop(ctx) {
        let Ok(step) = step.downcast::<Undo<W>>() else {
            continue;
        };
        let Err(error) = take(ctx, *step).await else {
            continue;
        };
        if !ctx.is_replaying() {
            warn!(workflow_id = ctx.workflow_id(), %error, "a step could not be undone");
        }
        count += 1;
        if told.len() < MAX_TOLD {
            told.push(report::brief(&error.to_string()));
            let told = json!(told);
            ctx.state_mut(|state| state.base_mut().report.set(MEMO_KEY.to_owned(), told));
        }
    }
    ctx.state_mut(|state| {
        let base = state.base_mut();
        if !is_shielded {
            base.shield = None;
        }
        if let Some(failure) = failure {
            base.ending.fail(failure);
        }
    });
    count
}

/// Undoes a step. Where an activity of it failed that nobody asked about, the step was not undone.
async fn take<W: Hooks>(ctx: &WorkflowContext<W>, step: Undo<W>) -> WorkflowResult<()> {
    let undone = (step.0)(ctx.clone()).await;
    let unnoticed = ctx.state_mut(|state| state.base_mut().ending.take_failure());
    undone.and(unnoticed.map_or(Ok(()), Err))
}

fn pop<W: HasBase>(ctx: &WorkflowContext<W>) -> Option<Box<dyn std::any::Any>> {
    if ctx.state(|state| state.base().undo.is_empty()) {
        return None;
    }
    ctx.state_mut(|state| state.base_mut().undo.pop())
}

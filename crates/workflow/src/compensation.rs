//! Sagas: what was done is undone in reverse order where the workflow fails or is cancelled.

use futures_util::future::LocalBoxFuture;
use serde_json::json;
use temporalio_workflow::{WorkflowContext, WorkflowResult};
use tracing::warn;

use crate::{HasBase, Hooks};

/// The memo's key for steps that could not be undone.
const MEMO_KEY: &str = "not_undone";

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

/// Undoes all steps, the last one first. One that fails does not keep the others from it: it is
/// reported.
pub(crate) async fn undo<W: Hooks>(ctx: &WorkflowContext<W>) -> usize {
    let mut failed = Vec::new();
    while let Some(step) = pop(ctx) {
        let Ok(step) = step.downcast::<Undo<W>>() else {
            continue;
        };
        if let Err(error) = (step.0)(ctx.clone()).await {
            if !ctx.is_replaying() {
                warn!(workflow_id = ctx.workflow_id(), %error, "a step could not be undone");
            }
            failed.push(error.to_string());
            let steps = json!(failed);
            ctx.state_mut(|state| state.base_mut().report.set(MEMO_KEY.to_owned(), steps));
        }
    }
    failed.len()
}

fn pop<W: HasBase>(ctx: &WorkflowContext<W>) -> Option<Box<dyn std::any::Any>> {
    if ctx.state(|state| state.base().undo.is_empty()) {
        return None;
    }
    ctx.state_mut(|state| state.base_mut().undo.pop())
}

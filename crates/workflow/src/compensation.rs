//! Sagas: compensations that undo completed steps in reverse order when the workflow fails or is
//! cancelled.

use futures_util::future::LocalBoxFuture;
use serde_json::json;
use temporalio_workflow::{WorkflowCancellationToken, WorkflowContext, WorkflowResult};
use tracing::warn;

use crate::{HasBase, Hooks, payload};

/// The memo's key for the errors of failed compensations.
const MEMO_KEY: &str = "not_undone";
/// The maximum number of errors in the memo.
const MAX_MEMO_ERRORS: usize = 20;

struct Compensation<W>(
    Box<dyn FnOnce(WorkflowContext<W>) -> LocalBoxFuture<'static, WorkflowResult<()>>>,
);

/// Adds a compensation.
pub(crate) fn add<W, F, Fut>(ctx: &WorkflowContext<W>, undo: F)
where
    W: HasBase,
    F: FnOnce(WorkflowContext<W>) -> Fut + 'static,
    Fut: Future<Output = WorkflowResult<()>> + 'static,
{
    let undo = Compensation::<W>(Box::new(move |ctx| Box::pin(undo(ctx))));
    ctx.state_mut(|state| state.base_mut().compensations.push(Box::new(undo)));
}

/// Runs all compensations, the last one first, and returns how many failed. A failure is reported,
/// and does not prevent the others.
pub(crate) async fn run_all<W: Hooks>(ctx: &WorkflowContext<W>) -> usize {
    let (failure, is_shielded) = ctx.state_mut(|state| {
        let base = state.base_mut();
        let is_shielded = base.shield.is_some();
        base.shield
            .get_or_insert_with(WorkflowCancellationToken::new);
        (base.outcome.take_failure(), is_shielded)
    });
    let (mut failed, mut errors) = (0, Vec::new());
    while let Some(compensation) = pop(ctx) {
        let Ok(compensation) = compensation.downcast::<Compensation<W>>() else {
            continue;
        };
        let Err(error) = run(ctx, *compensation).await else {
            continue;
        };
        if !ctx.is_replaying() {
            warn!(workflow_id = ctx.workflow_id(), %error, "compensation failed");
        }
        failed += 1;
        if errors.len() < MAX_MEMO_ERRORS {
            errors.push(payload::shorten(&error.to_string()));
            let value = json!(errors);
            ctx.state_mut(|state| state.base_mut().memo.set(MEMO_KEY.to_owned(), value));
        }
    }
    ctx.state_mut(|state| {
        let base = state.base_mut();
        if !is_shielded {
            base.shield = None;
        }
        if let Some(failure) = failure {
            base.outcome.record_failure(failure);
        }
    });
    failed
}

/// Runs a compensation. It also fails if one of its activities failed and its code did not notice.
async fn run<W: Hooks>(
    ctx: &WorkflowContext<W>,
    compensation: Compensation<W>,
) -> WorkflowResult<()> {
    let result = (compensation.0)(ctx.clone()).await;
    let unnoticed = ctx.state_mut(|state| state.base_mut().outcome.take_failure());
    result.and(unnoticed.map_or(Ok(()), Err))
}

fn pop<W: HasBase>(ctx: &WorkflowContext<W>) -> Option<Box<dyn std::any::Any>> {
    if ctx.state(|state| state.base().compensations.is_empty()) {
        return None;
    }
    ctx.state_mut(|state| state.base_mut().compensations.pop())
}

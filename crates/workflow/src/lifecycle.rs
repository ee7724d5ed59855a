//! Runs a workflow: its `run`, the memo updates beside it, and the handling of its outcome.

use std::{future::poll_fn, pin::pin, task::Poll};

use serde_json::Value;
use temporalio_workflow::{
    WorkflowCancellationToken, WorkflowContext, WorkflowContextView, WorkflowResult,
    WorkflowTermination, common::error::OutgoingWorkflowError,
};
use tracing::warn;

use crate::{
    HasBase, Hooks,
    base::{CANCELED, DONE, FAILED},
    compensation, continue_as_new, report,
};

/// The memo's key for a status other than `Done`.
const STATUS: &str = "status";

/// Initializes the base when the workflow starts.
pub fn init_base<W: HasBase>(state: &mut W, view: &WorkflowContextView) {
    let carried = continue_as_new::carried(view);
    state.base_mut().start(view.workflow_id(), carried);
}

/// Runs a workflow to its end, and upserts memo updates meanwhile.
pub async fn run_workflow<W: Hooks, T>(
    ctx: WorkflowContext<W>,
    run: impl Future<Output = WorkflowResult<T>>,
) -> WorkflowResult<T> {
    let mut run = pin!(async {
        let result = run.await;
        settle(&ctx, result).await
    });
    let mut upserts = pin!(report::upsert_periodically(ctx.clone()));
    let result = poll_fn(|task| {
        if let Poll::Ready(result) = run.as_mut().poll(task) {
            return Poll::Ready(result);
        }
        // It never completes.
        let _ = upserts.as_mut().poll(task);
        Poll::Pending
    })
    .await;
    report::upsert(&ctx);
    result
}

async fn settle<W: Hooks, T>(
    ctx: &WorkflowContext<W>,
    result: WorkflowResult<T>,
) -> WorkflowResult<T> {
    let failure = match result {
        Ok(value) => match ctx.state_mut(|state| complete(state)) {
            Ok(()) => return Ok(value),
            Err(failure) => failure,
        },
        Err(failure) if is_not_final(&failure) => return Err(failure),
        Err(failure) => failure,
    };
    let token = ctx.cancellation_token();
    let is_cancelled = token.is_cancelled() && is_cancellation(&failure);
    ctx.state_mut(|state| {
        let base = state.base_mut();
        base.stream.start_draining();
        base.shield = Some(WorkflowCancellationToken::new());
        base.outcome
            .close_with(if is_cancelled { CANCELED } else { FAILED });
        if is_cancelled {
            base.memo.set(STATUS.to_owned(), CANCELED.into());
        }
    });
    if is_cancelled {
        W::on_cancel(ctx.clone(), token.reason()).await;
        let failure = ctx.state_mut(|state| state.base_mut().outcome.take_failure());
        if let Some(error) = failure
            && !ctx.is_replaying()
        {
            warn!(workflow_id = ctx.workflow_id(), %error, "an activity of #[on_cancel] failed");
        }
    }
    compensation::run_all(ctx).await;
    Err(failure)
}

/// Whether the workflow continues: as a new run, or with its next workflow task, because a failed
/// conversion fails only the task. Corrected code continues from there, so no compensation runs.
fn is_not_final(failure: &WorkflowTermination) -> bool {
    matches!(
        failure,
        WorkflowTermination::ContinueAsNew(_)
            | WorkflowTermination::Evicted
            | WorkflowTermination::Failed(OutgoingWorkflowError::PayloadConversion(_))
    )
}

/// Completes the workflow, or returns the unhandled failure of an activity.
fn complete<W: HasBase>(state: &mut W) -> WorkflowResult<()> {
    let base = state.base_mut();
    if let Some(failure) = base.outcome.take_failure() {
        return Err(failure);
    }
    match base.outcome.status() {
        None => base.outcome.set_status(DONE),
        Some(DONE) => {}
        Some(status) => {
            let status = Value::from(status);
            base.memo.set(STATUS.to_owned(), status);
        }
    }
    Ok(())
}

fn is_cancellation(failure: &WorkflowTermination) -> bool {
    match failure {
        WorkflowTermination::Cancelled { .. } => true,
        WorkflowTermination::Failed(error) => error.as_cancelled().is_some(),
        _ => false,
    }
}

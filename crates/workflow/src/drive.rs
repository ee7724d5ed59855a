//! A workflow's `run`, with what the base does beside it and after it.

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
    compensation, report,
};

/// The memo's key for a status other than `Done`.
const STATUS: &str = "status";

/// Begins the base with the workflow.
pub fn begin<W: HasBase>(state: &mut W, view: &WorkflowContextView) {
    state.base_mut().begin(view);
}

/// Runs a workflow and sees to its end, saying what there is to say meanwhile.
pub async fn drive<W: Hooks, T>(
    ctx: WorkflowContext<W>,
    run: impl Future<Output = WorkflowResult<T>>,
) -> WorkflowResult<T> {
    let mut run = pin!(async {
        let result = run.await;
        settle(&ctx, result).await
    });
    let mut reports = pin!(report::keep(ctx.clone()));
    let result = poll_fn(|task| {
        if let Poll::Ready(result) = run.as_mut().poll(task) {
            return Poll::Ready(result);
        }
        // It ends never.
        let _ = reports.as_mut().poll(task);
        Poll::Pending
    })
    .await;
    report::flush(&ctx);
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
        Err(failure) if is_no_end(&failure) => return Err(failure),
        Err(failure) => failure,
    };
    let token = ctx.cancellation_token();
    let is_cancelled = token.is_cancelled() && says_cancelled(&failure);
    ctx.state_mut(|state| {
        let base = state.base_mut();
        base.stream.start_draining();
        base.shield = Some(WorkflowCancellationToken::new());
        base.ending
            .end(if is_cancelled { CANCELED } else { FAILED });
        if is_cancelled {
            base.report.set(STATUS.to_owned(), CANCELED.into());
        }
    });
    if is_cancelled {
        W::on_cancel(ctx.clone(), token.reason()).await;
        let failure = ctx.state_mut(|state| state.base_mut().ending.take_failure());
        if let Some(error) = failure
            && !ctx.is_replaying()
        {
            warn!(workflow_id = ctx.workflow_id(), %error, "an activity of #[on_cancel] failed");
        }
    }
    compensation::undo(ctx).await;
    Err(failure)
}

/// Whether the workflow goes on: as a new run, or on this one's next task, as values of another type
/// fail the task. Code that is mended continues from here then, so nothing is undone.
fn is_no_end(failure: &WorkflowTermination) -> bool {
    matches!(
        failure,
        WorkflowTermination::ContinueAsNew(_)
            | WorkflowTermination::Evicted
            | WorkflowTermination::Failed(OutgoingWorkflowError::PayloadConversion(_))
    )
}

/// Completes the workflow, unless an activity failed that nobody took.
fn complete<W: HasBase>(state: &mut W) -> WorkflowResult<()> {
    let base = state.base_mut();
    if let Some(failure) = base.ending.take_failure() {
        return Err(failure);
    }
    match base.ending.status() {
        None => base.ending.set_status(DONE),
        Some(DONE) => {}
        Some(status) => {
            let status = Value::from(status);
            base.report.set(STATUS.to_owned(), status);
        }
    }
    Ok(())
}

fn says_cancelled(failure: &WorkflowTermination) -> bool {
    match failure {
        WorkflowTermination::Cancelled { .. } => true,
        WorkflowTermination::Failed(error) => error.as_cancelled().is_some(),
        _ => false,
    }
}

//! A workflow's `run`, with what the base does beside it and after it.

use std::{future::poll_fn, pin::pin, task::Poll};

use serde_json::Value;
use temporalio_workflow::{
    WorkflowCancellationToken, WorkflowContext, WorkflowContextView, WorkflowResult,
    WorkflowTermination,
};

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
        Ok(value) => {
            ctx.state_mut(|state| complete(state));
            return Ok(value);
        }
        Err(next @ (WorkflowTermination::ContinueAsNew(_) | WorkflowTermination::Evicted)) => {
            return Err(next);
        }
        Err(failure) => failure,
    };
    let token = ctx.cancellation_token();
    let is_cancelled = token.is_cancelled() && says_cancelled(&failure);
    ctx.state_mut(|state| {
        let base = state.base_mut();
        base.stream.start_draining();
        base.shield = Some(WorkflowCancellationToken::new());
        base.ending
            .set_status(if is_cancelled { CANCELED } else { FAILED });
        if is_cancelled {
            base.report.set(STATUS.to_owned(), CANCELED.into());
        }
    });
    if is_cancelled {
        W::on_cancel(ctx.clone(), token.reason()).await;
    }
    compensation::undo(ctx).await;
    Err(failure)
}

fn complete<W: HasBase>(state: &mut W) {
    let base = state.base_mut();
    match base.ending.status() {
        None => base.ending.set_status(DONE),
        Some(DONE) => {}
        Some(status) => {
            let status = Value::from(status);
            base.report.set(STATUS.to_owned(), status);
        }
    }
}

fn says_cancelled(failure: &WorkflowTermination) -> bool {
    match failure {
        WorkflowTermination::Cancelled { .. } => true,
        WorkflowTermination::Failed(error) => error.as_cancelled().is_some(),
        _ => false,
    }
}

//! Writes reports to the workflow's memo, at most once a second, and the last one always.
//!
//! A report only records a memo update. One loop beside the workflow's `run` upserts the recorded
//! updates, by the workflow's own clock and timers, so that a replay issues the same commands.

use serde_json::Value;
use temporalio_workflow::{
    MemoValue, TimerOptions, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext,
};
use tracing::warn;

use crate::{HasBase, payload};

/// The maximum size of a memo value, as JSON: Temporal terminates workflows whose memo exceeds 2 MiB.
const MAX_VALUE_BYTES: usize = 64 * 1024;

/// Upserts recorded updates for as long as it is polled, also while the workflow is being cancelled.
pub(crate) async fn upsert_periodically<W: HasBase>(ctx: WorkflowContext<W>) {
    let detached = WorkflowCancellationToken::new();
    loop {
        let options = WaitConditionOptions::builder()
            .cancellation_token(detached.clone())
            .build();
        let recorded =
            ctx.wait_condition_with_options(|state| !state.base().memo.is_empty(), options);
        if recorded.await.is_err() {
            return;
        }
        let now = ctx.workflow_time();
        if let Some(delay) = ctx.state(|state| state.base().memo.delay(now)) {
            let options = TimerOptions::builder(delay)
                .cancellation_token(detached.clone())
                .summary("the next report".to_owned())
                .build();
            ctx.timer(options).await;
        }
        upsert(&ctx);
    }
}

/// Upserts the recorded updates at once.
pub(crate) fn upsert<W: HasBase>(ctx: &WorkflowContext<W>) {
    if ctx.state(|state| state.base().memo.is_empty()) {
        return;
    }
    let now = ctx.workflow_time();
    let updates = ctx.state_mut(|state| state.base_mut().memo.take(now));
    let memo = ctx.memo();
    let mut changed = Vec::new();
    for (key, value) in updates {
        if is_too_large(&value) {
            if !ctx.is_replaying() {
                warn!(
                    workflow_id = ctx.workflow_id(),
                    key,
                    limit = MAX_VALUE_BYTES,
                    "dropped a report that is too large for the memo"
                );
            }
            continue;
        }
        let old = memo.raw_value(&key);
        if value.is_null() {
            if old.is_some() {
                changed.push((key, None));
            }
            continue;
        }
        let new = payload::encode(&value, ctx.payload_converter());
        let is_new = new.map_or(true, |new| new.payloads.first() != old);
        if is_new {
            changed.push((key, Some(MemoValue::new(value))));
        }
    }
    if changed.is_empty() {
        return;
    }
    if let Err(error) = ctx.upsert_memo(changed) {
        warn!(workflow_id = ctx.workflow_id(), %error, "cannot write a report to the memo");
    }
}

fn is_too_large(value: &Value) -> bool {
    value.to_string().len() > MAX_VALUE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_up_to_the_limit_are_accepted() {
        assert!(!is_too_large(&"x".repeat(MAX_VALUE_BYTES - 2).into()));
        assert!(is_too_large(&"x".repeat(MAX_VALUE_BYTES - 1).into()));
    }
}

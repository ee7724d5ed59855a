//! What a workflow says of itself, through its memo: at most once a second, and the last word
//! always.
//!
//! A report only takes note. One loop beside the workflow's `run` turns notes into upserts, by the
//! workflow's own clock and timers, so that a replay does the same.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde_json::Value;
use temporalio_workflow::{
    MemoValue, TimerOptions, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext,
};
use tracing::warn;

use crate::{HasBase, payload};

/// The least time between two upserts.
const INTERVAL: Duration = Duration::from_secs(1);

/// What is longer, as JSON, is left out: the server ends workflows whose memo exceeds 2 MiB.
const MAX_VALUE_BYTES: usize = 64 * 1024;
/// An error's text in the memo is cut after as many characters.
const MAX_BRIEF: usize = 200;

/// The memo's key for a text, which the gateway shows as `status` events.
const TEXT: &str = "text";
/// The memo's key for how far the workflow is, from 0 to 1.
const FRACTION: &str = "fraction";

/// What is to be said. `null` takes a key away.
#[derive(Default)]
pub(crate) struct Report {
    pending: BTreeMap<String, Value>,
    last: Option<SystemTime>,
}

impl Report {
    pub(crate) fn set(&mut self, key: String, value: Value) {
        self.pending.insert(key, value);
    }

    pub(crate) fn progress(&mut self, text: String, fraction: Option<f64>) {
        let fraction = fraction
            .filter(|fraction| fraction.is_finite())
            .map_or(Value::Null, |fraction| fraction.clamp(0.0, 1.0).into());
        self.set(TEXT.to_owned(), text.into());
        self.set(FRACTION.to_owned(), fraction);
    }

    fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// How long to wait until the next upsert may be made.
    fn wait(&self, now: Option<SystemTime>) -> Option<Duration> {
        let passed = now?.duration_since(self.last?).unwrap_or_default();
        INTERVAL.checked_sub(passed).filter(|wait| !wait.is_zero())
    }

    fn take(&mut self, now: Option<SystemTime>) -> BTreeMap<String, Value> {
        if self.is_pending() {
            self.last = now;
        }
        std::mem::take(&mut self.pending)
    }
}

/// Says what there is to say for as long as it is polled, also while the workflow is cancelled.
pub(crate) async fn keep<W: HasBase>(ctx: WorkflowContext<W>) {
    let detached = WorkflowCancellationToken::new();
    loop {
        let options = WaitConditionOptions::builder()
            .cancellation_token(detached.clone())
            .build();
        let pending =
            ctx.wait_condition_with_options(|state| state.base().report.is_pending(), options);
        if pending.await.is_err() {
            return;
        }
        let now = ctx.workflow_time();
        if let Some(wait) = ctx.state(|state| state.base().report.wait(now)) {
            let options = TimerOptions::builder(wait)
                .cancellation_token(detached.clone())
                .summary("the next report".to_owned())
                .build();
            ctx.timer(options).await;
        }
        flush(&ctx);
    }
}

/// Says at once what there is to say.
pub(crate) fn flush<W: HasBase>(ctx: &WorkflowContext<W>) {
    if !ctx.state(|state| state.base().report.is_pending()) {
        return;
    }
    let now = ctx.workflow_time();
    let pending = ctx.state_mut(|state| state.base_mut().report.take(now));
    let memo = ctx.memo();
    let mut changed = Vec::new();
    for (key, value) in pending {
        if is_too_long(&value) {
            if !ctx.is_replaying() {
                warn!(
                    workflow_id = ctx.workflow_id(),
                    key, "a report is too long for the memo"
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
        warn!(workflow_id = ctx.workflow_id(), %error, "a report can't be written to the memo");
    }
}

fn is_too_long(value: &Value) -> bool {
    value.to_string().len() > MAX_VALUE_BYTES
}

/// An error's text, short enough for the memo.
pub(crate) fn brief(text: &str) -> String {
    match text.char_indices().nth(MAX_BRIEF) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds)
    }

    #[test]
    fn the_first_report_waits_for_nothing_and_the_next_for_a_second() {
        let mut report = Report::default();
        report.progress("one".into(), Some(0.1));
        assert_eq!(report.wait(Some(at(10.0))), None);
        report.take(Some(at(10.0)));
        report.progress("two".into(), Some(0.2));
        assert_eq!(
            report.wait(Some(at(10.25))),
            Some(Duration::from_millis(750))
        );
        assert_eq!(report.wait(Some(at(11.0))), None);
    }

    #[test]
    fn of_several_reports_the_last_is_said() {
        let mut report = Report::default();
        report.progress("one".into(), Some(0.1));
        report.progress("two".into(), Some(7.0));
        report.set("file".into(), "a.txt".into());
        let said = report.take(Some(at(1.0)));
        let json = serde_json::json!({"text": "two", "fraction": 1.0, "file": "a.txt"});
        assert_eq!(serde_json::to_value(said).unwrap(), json);
        assert!(!report.is_pending());
    }

    #[test]
    fn what_is_too_long_is_cut_or_left_out() {
        assert_eq!(brief("short"), "short");
        let cut = brief(&"é".repeat(MAX_BRIEF + 1));
        assert_eq!(cut, format!("{}…", "é".repeat(MAX_BRIEF)));
        assert!(!is_too_long(&"x".repeat(MAX_VALUE_BYTES - 2).into()));
        assert!(is_too_long(&"x".repeat(MAX_VALUE_BYTES - 1).into()));
    }

    #[test]
    fn a_fraction_that_is_no_number_takes_the_fraction_away() {
        let mut report = Report::default();
        report.progress("one".into(), Some(f64::NAN));
        assert_eq!(report.take(Some(at(1.0)))["fraction"], Value::Null);
    }
}

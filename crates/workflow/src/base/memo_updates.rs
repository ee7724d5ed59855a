//! Memo updates that wait for the next upsert.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde_json::Value;

/// The minimum time between two upserts.
const INTERVAL: Duration = Duration::from_secs(1);

/// The memo's key for the text of a report, which the gateway shows as `status` events.
const TEXT: &str = "text";
/// The memo's key for the progress of a report, from 0 to 1.
const FRACTION: &str = "fraction";

/// The latest value of each key that changed since the last upsert. `null` removes the key.
#[derive(Default)]
pub(crate) struct MemoUpdates {
    pending: BTreeMap<String, Value>,
    last_upsert: Option<SystemTime>,
}

impl MemoUpdates {
    pub(crate) fn set(&mut self, key: String, value: Value) {
        self.pending.insert(key, value);
    }

    pub(crate) fn set_progress(&mut self, text: String, fraction: Option<f64>) {
        let fraction = fraction
            .filter(|fraction| fraction.is_finite())
            .map_or(Value::Null, |fraction| fraction.clamp(0.0, 1.0).into());
        self.set(TEXT.to_owned(), text.into());
        self.set(FRACTION.to_owned(), fraction);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Returns how long the next upsert must wait.
    pub(crate) fn delay(&self, now: Option<SystemTime>) -> Option<Duration> {
        let elapsed = now?.duration_since(self.last_upsert?).unwrap_or_default();
        INTERVAL
            .checked_sub(elapsed)
            .filter(|delay| !delay.is_zero())
    }

    pub(crate) fn take(&mut self, now: Option<SystemTime>) -> BTreeMap<String, Value> {
        if !self.is_empty() {
            self.last_upsert = now;
        }
        std::mem::take(&mut self.pending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds)
    }

    #[test]
    fn first_upsert_is_immediate_and_the_next_waits_a_second() {
        let mut updates = MemoUpdates::default();
        updates.set_progress("one".into(), Some(0.1));
        assert_eq!(updates.delay(Some(at(10.0))), None);
        updates.take(Some(at(10.0)));
        updates.set_progress("two".into(), Some(0.2));
        let delay = updates.delay(Some(at(10.25)));
        assert_eq!(delay, Some(Duration::from_millis(750)));
        assert_eq!(updates.delay(Some(at(11.0))), None);
    }

    #[test]
    fn only_the_latest_values_are_upserted() {
        let mut updates = MemoUpdates::default();
        updates.set_progress("one".into(), Some(0.1));
        updates.set_progress("two".into(), Some(7.0));
        updates.set("file".into(), "a.txt".into());
        let taken = updates.take(Some(at(1.0)));
        let json = serde_json::json!({"text": "two", "fraction": 1.0, "file": "a.txt"});
        assert_eq!(serde_json::to_value(taken).unwrap(), json);
        assert!(updates.is_empty());
    }

    #[test]
    fn nan_fraction_removes_the_fraction() {
        let mut updates = MemoUpdates::default();
        updates.set_progress("one".into(), Some(f64::NAN));
        assert_eq!(updates.take(Some(at(1.0)))["fraction"], Value::Null);
    }
}

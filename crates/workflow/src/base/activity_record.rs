//! The activities that the workflow has scheduled in this run.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use temporalio_workflow::common::data_converters::RawValue;

/// The status of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivityStatus {
    /// Scheduled and not yet closed.
    Running,
    /// It returned a result.
    Completed,
    /// It failed after its last attempt, or its callback failed.
    Failed,
    /// It was cancelled.
    Canceled,
}

impl ActivityStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        }
    }
}

/// One activity, as the query `get_activities` returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActivityView {
    /// The activity id, as in Temporal.
    pub activity_id: String,
    /// The activity's name.
    pub activity: String,
    /// The current status.
    pub status: ActivityStatus,
    /// The current or last attempt. Temporal does not report it to workflows, so it is `null`
    /// unless it is certain: if the retry policy allows one attempt, or once all attempts are used.
    pub attempt: Option<u32>,
    /// The maximum number of attempts; 0 means unlimited.
    pub maximum_attempts: u32,
    /// When the activity was scheduled.
    pub scheduled_at: Option<Timestamp>,
    /// When the activity closed, before its callback ran.
    pub closed_at: Option<Timestamp>,
    /// Why the activity or its callback failed.
    pub error: Option<String>,
}

/// The outcome of an activity that returned no result.
pub(crate) struct FailedOutcome {
    pub(crate) status: ActivityStatus,
    pub(crate) error: String,
    pub(crate) used_all_attempts: bool,
}

struct Record {
    view: ActivityView,
    result: Option<RawValue>,
    callback: Option<RawValue>,
}

#[derive(Default)]
pub(crate) struct Activities {
    workflow_id: String,
    /// The number of activities in earlier runs of the chain.
    in_earlier_runs: u64,
    records: Vec<Record>,
    current: Option<usize>,
}

/// The index of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActivityKey(usize);

impl Activities {
    pub(super) fn start(&mut self, workflow_id: &str, in_earlier_runs: u64) {
        workflow_id.clone_into(&mut self.workflow_id);
        self.in_earlier_runs = in_earlier_runs;
    }

    pub(super) fn count(&self) -> u64 {
        self.in_earlier_runs + self.records.len() as u64
    }

    /// Records an activity that is about to be scheduled. The first id is `name_workflow_0`, as in
    /// the Python package; here the number increases, which it does not in that package.
    pub(crate) fn schedule(
        &mut self,
        name: &str,
        maximum_attempts: u32,
        now: Option<SystemTime>,
    ) -> (ActivityKey, String) {
        let id = format!("{name}_{}_{}", self.workflow_id, self.count());
        let key = ActivityKey(self.records.len());
        self.records.push(Record {
            view: ActivityView {
                activity_id: id.clone(),
                activity: name.to_owned(),
                status: ActivityStatus::Running,
                attempt: (maximum_attempts == 1).then_some(1),
                maximum_attempts,
                scheduled_at: timestamp(now),
                closed_at: None,
                error: None,
            },
            result: None,
            callback: None,
        });
        self.current = Some(key.0);
        (key, id)
    }

    pub(crate) fn complete(&mut self, key: ActivityKey, result: RawValue, now: Option<SystemTime>) {
        let record = self.close(key, ActivityStatus::Completed, now);
        record.result = Some(result);
    }

    pub(crate) fn complete_callback(&mut self, key: ActivityKey, result: RawValue) {
        self.records[key.0].callback = Some(result);
    }

    pub(crate) fn fail(
        &mut self,
        key: ActivityKey,
        failed: FailedOutcome,
        now: Option<SystemTime>,
    ) {
        let record = self.close(key, failed.status, now);
        record.view.error = Some(failed.error);
        if failed.used_all_attempts {
            record.view.attempt = Some(record.view.maximum_attempts);
        }
    }

    /// Records that the callback failed. The activity itself has completed.
    pub(crate) fn fail_callback(&mut self, key: ActivityKey, error: String) {
        self.current = Some(key.0);
        let view = &mut self.records[key.0].view;
        view.status = ActivityStatus::Failed;
        view.error = Some(error);
    }

    fn close(
        &mut self,
        key: ActivityKey,
        status: ActivityStatus,
        now: Option<SystemTime>,
    ) -> &mut Record {
        self.current = Some(key.0);
        let record = &mut self.records[key.0];
        record.view.status = status;
        record.view.closed_at = timestamp(now);
        record
    }

    pub(super) fn current(&self) -> Option<&ActivityView> {
        self.current.map(|index| &self.records[index].view)
    }

    pub(super) fn view(&self, key: ActivityKey) -> &ActivityView {
        &self.records[key.0].view
    }

    pub(super) fn views(&self) -> Vec<ActivityView> {
        let views = self.records.iter().map(|record| record.view.clone());
        views.collect()
    }

    pub(super) fn result(&self, id: &str) -> Option<&RawValue> {
        self.find(id)?.result.as_ref()
    }

    pub(super) fn callback_result(&self, id: &str) -> Option<&RawValue> {
        self.find(id)?.callback.as_ref()
    }

    fn find(&self, id: &str) -> Option<&Record> {
        self.records
            .iter()
            .find(|record| record.view.activity_id == id)
    }
}

fn timestamp(time: Option<SystemTime>) -> Option<Timestamp> {
    time.and_then(|time| Timestamp::try_from(time).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activities() -> Activities {
        let mut activities = Activities::default();
        activities.start("order", 0);
        activities
    }

    #[test]
    fn activities_with_the_same_name_have_distinct_ids() {
        let mut activities = activities();
        let (_, first) = activities.schedule("charge", 1, None);
        let (_, second) = activities.schedule("charge", 1, None);
        assert_eq!((&*first, &*second), ("charge_order_0", "charge_order_1"));
    }

    #[test]
    fn ids_continue_after_those_of_earlier_runs() {
        let mut activities = Activities::default();
        activities.start("order", 3);
        let (_, id) = activities.schedule("charge", 1, None);
        assert_eq!(id, "charge_order_3");
        assert_eq!(activities.count(), 4);
    }

    #[test]
    fn current_activity_is_the_last_one_that_changed() {
        let mut activities = activities();
        let (first, _) = activities.schedule("a", 1, None);
        activities.schedule("b", 1, None);
        assert_eq!(activities.current().unwrap().activity, "b");
        activities.complete(first, RawValue::empty(), None);
        let current = activities.current().unwrap();
        assert_eq!(current.activity, "a");
        assert_eq!(current.status, ActivityStatus::Completed);
    }

    #[test]
    fn attempt_is_null_unless_it_is_certain() {
        let mut activities = activities();
        let (one, _) = activities.schedule("one", 1, None);
        let (three, _) = activities.schedule("three", 3, None);
        assert_eq!(activities.view(one).attempt, Some(1));
        assert_eq!(activities.view(three).attempt, None);
        let failed = FailedOutcome {
            status: ActivityStatus::Failed,
            error: "no".into(),
            used_all_attempts: true,
        };
        activities.fail(three, failed, None);
        assert_eq!(activities.view(three).attempt, Some(3));
    }
}

//! How a workflow ends: its result and status, or the failure that nobody took.

use serde::{Deserialize, Serialize};
use temporalio_workflow::{WorkflowTermination, common::data_converters::RawValue};

use super::activities::{Activities, ActivityKey};

/// The answer to the query `get_current_activity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CurrentActivity {
    /// The activity's name; nothing before the first.
    pub current_activity: Option<String>,
    /// Its status, or the workflow's once that has ended.
    pub status: Option<String>,
    /// Its id.
    pub activity_id: Option<String>,
}

#[derive(Default)]
pub(crate) struct Ending {
    /// The workflow completes with the next activity's result.
    pub(crate) complete_next: bool,
    result: Option<RawValue>,
    status: Option<String>,
    /// The activity whose callback set the result.
    activity: Option<ActivityKey>,
    failure: Option<WorkflowTermination>,
}

impl Ending {
    /// Sets the result. The last one counts.
    pub(crate) fn set(&mut self, result: RawValue, status: String, by: Option<ActivityKey>) {
        self.result = Some(result);
        self.status = Some(status);
        self.activity = by;
    }

    /// Keeps a failure that nobody took. The first one counts.
    pub(crate) fn fail(&mut self, failure: WorkflowTermination) {
        self.failure.get_or_insert(failure);
    }

    pub(crate) fn set_status(&mut self, status: &str) {
        self.status = Some(status.to_owned());
    }

    pub(crate) fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }

    /// Whether there is a result or a failure.
    pub(crate) fn is_known(&self) -> bool {
        self.result.is_some() || self.failure.is_some()
    }

    pub(crate) fn take_failure(&mut self) -> Option<WorkflowTermination> {
        self.failure.take()
    }

    pub(crate) fn result(&self) -> Option<RawValue> {
        self.result.clone()
    }

    pub(super) fn current(&self, activities: &Activities) -> CurrentActivity {
        let activity = match self.activity {
            Some(key) => Some(activities.view(key)),
            None => activities.current(),
        };
        CurrentActivity {
            current_activity: activity.map(|view| view.activity.clone()),
            status: match &self.status {
                Some(status) => Some(status.clone()),
                None => activity.map(|view| view.status.text().to_owned()),
            },
            activity_id: activity.map(|view| view.activity_id.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_status_than_done_is_kept_whatever_happens_after() {
        let (mut activities, mut ending) = (Activities::default(), Ending::default());
        activities.begin("w", 0);
        let (first, _) = activities.schedule("a", 1, None);
        ending.set(RawValue::empty(), "Rejected".into(), Some(first));
        let (second, _) = activities.schedule("b", 1, None);
        activities.complete(second, RawValue::empty(), None);
        let current = ending.current(&activities);
        assert_eq!(current.status.as_deref(), Some("Rejected"));
        assert_eq!(current.current_activity.as_deref(), Some("a"));
    }

    #[test]
    fn before_the_first_activity_all_is_null() {
        let current = Ending::default().current(&Activities::default());
        let json = serde_json::to_value(current).unwrap();
        let null = serde_json::json!({
            "current_activity": null, "status": null, "activity_id": null
        });
        assert_eq!(json, null);
    }
}

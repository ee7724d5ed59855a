//! How a workflow ends: its result and status, or the failure that nobody took.

use serde::{Deserialize, Serialize};
use temporalio_workflow::{
    WorkflowTermination,
    common::{data_converters::RawValue, protos::temporal::api::common::v1::Payload},
};

use super::activity::{Activities, ActivityKey};

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
    /// The workflow ends otherwise, so no result counts any more.
    is_over: bool,
}

/// What of it the next run of a workflow gets.
#[derive(Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CarriedEnding {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    complete_next: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Vec<Payload>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
}

impl Ending {
    /// Begins with what was set when the run before had no more use for it.
    pub(super) fn carried(carried: CarriedEnding) -> Self {
        Self {
            complete_next: carried.complete_next,
            result: carried.result.map(RawValue::new),
            status: carried.status,
            ..Self::default()
        }
    }

    pub(super) fn carry(&self) -> CarriedEnding {
        CarriedEnding {
            complete_next: self.complete_next,
            result: self.result.as_ref().map(|result| result.payloads.clone()),
            status: self.status.clone(),
        }
    }

    /// Ends with that status, whatever is set from now on.
    pub(crate) fn end(&mut self, status: &str) {
        self.set_status(status);
        self.is_over = true;
    }

    /// Sets the result. The last one counts.
    pub(crate) fn set(&mut self, result: RawValue, status: String, by: Option<ActivityKey>) {
        if self.is_over {
            return;
        }
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

    pub(crate) fn has_result(&self) -> bool {
        self.result.is_some()
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
    use temporalio_workflow::common::data_converters::PayloadConverter;

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
    fn the_next_run_gets_result_and_status_and_not_who_set_it() {
        let mut ending = Ending::default();
        let result = crate::payload::encode(&7, &PayloadConverter::default()).unwrap();
        ending.complete_next = true;
        ending.set(result.clone(), "Rejected".into(), None);
        let carried = serde_json::to_string(&ending.carry()).unwrap();
        let next = Ending::carried(serde_json::from_str(&carried).unwrap());
        assert_eq!(next.result().unwrap().payloads, result.payloads);
        assert_eq!(next.status(), Some("Rejected"));
        assert!(next.complete_next && next.is_known());
        let nothing = serde_json::to_string(&Ending::default().carry()).unwrap();
        assert_eq!(nothing, "{}");
    }

    #[test]
    fn a_workflow_that_ends_otherwise_keeps_its_status() {
        let mut ending = Ending::default();
        ending.end("Canceled");
        ending.set(RawValue::empty(), "Failed".into(), None);
        assert_eq!(ending.status(), Some("Canceled"));
        assert!(!ending.has_result());
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

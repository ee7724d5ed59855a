//! The outcome of a workflow: its result and status, or an unhandled failure.

use serde::{Deserialize, Serialize};
use temporalio_workflow::{
    WorkflowTermination,
    common::{data_converters::RawValue, protos::temporal::api::common::v1::Payload},
};

use super::activity_record::{Activities, ActivityKey};

/// The result of the query `get_current_activity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CurrentActivity {
    /// The activity's name; `null` before the first activity.
    pub current_activity: Option<String>,
    /// Its status, or the workflow's once that has closed.
    pub status: Option<String>,
    /// The activity's id.
    pub activity_id: Option<String>,
}

#[derive(Default)]
pub(crate) struct Outcome {
    /// Whether the workflow completes with the result of the next activity.
    pub(crate) complete_next: bool,
    result: Option<RawValue>,
    status: Option<String>,
    /// The activity whose callback set the result.
    activity: Option<ActivityKey>,
    failure: Option<WorkflowTermination>,
    /// Whether the workflow is being cancelled or is failing, so that a result has no effect any
    /// more.
    is_closing: bool,
}

/// The part of the outcome that the next run receives.
#[derive(Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CarriedOutcome {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    complete_next: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Vec<Payload>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
}

impl Outcome {
    /// Restores what the previous run had set but not used.
    pub(super) fn from_carried(carried: CarriedOutcome) -> Self {
        Self {
            complete_next: carried.complete_next,
            result: carried.result.map(RawValue::new),
            status: carried.status,
            ..Self::default()
        }
    }

    pub(super) fn carry(&self) -> CarriedOutcome {
        CarriedOutcome {
            complete_next: self.complete_next,
            result: self.result.as_ref().map(|result| result.payloads.clone()),
            status: self.status.clone(),
        }
    }

    /// Fixes the status of a workflow that is cancelled or fails. Later results have no effect.
    pub(crate) fn close_with(&mut self, status: &str) {
        self.set_status(status);
        self.is_closing = true;
    }

    /// Sets the result. The last call wins.
    pub(crate) fn set_result(
        &mut self,
        result: RawValue,
        status: String,
        set_by: Option<ActivityKey>,
    ) {
        if self.is_closing {
            return;
        }
        self.result = Some(result);
        self.status = Some(status);
        self.activity = set_by;
    }

    /// Records an unhandled failure. The first one wins.
    pub(crate) fn record_failure(&mut self, failure: WorkflowTermination) {
        self.failure.get_or_insert(failure);
    }

    pub(crate) fn set_status(&mut self, status: &str) {
        self.status = Some(status.to_owned());
    }

    pub(crate) fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }

    /// Whether the outcome is known.
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
    fn later_activities_do_not_change_a_custom_status() {
        let (mut activities, mut outcome) = (Activities::default(), Outcome::default());
        activities.start("w", 0);
        let (first, _) = activities.schedule("a", 1, None);
        outcome.set_result(RawValue::empty(), "Rejected".into(), Some(first));
        let (second, _) = activities.schedule("b", 1, None);
        activities.complete(second, RawValue::empty(), None);
        let current = outcome.current(&activities);
        assert_eq!(current.status.as_deref(), Some("Rejected"));
        assert_eq!(current.current_activity.as_deref(), Some("a"));
    }

    #[test]
    fn next_run_receives_result_and_status_but_not_the_activity() {
        let mut outcome = Outcome::default();
        let result = crate::payload::encode(&7, &PayloadConverter::default()).unwrap();
        outcome.complete_next = true;
        outcome.set_result(result.clone(), "Rejected".into(), None);
        let carried = serde_json::to_string(&outcome.carry()).unwrap();
        let next = Outcome::from_carried(serde_json::from_str(&carried).unwrap());
        assert_eq!(next.result().unwrap().payloads, result.payloads);
        assert_eq!(next.status(), Some("Rejected"));
        assert!(next.complete_next && next.is_known());
        let nothing = serde_json::to_string(&Outcome::default().carry()).unwrap();
        assert_eq!(nothing, "{}");
    }

    #[test]
    fn closing_workflow_keeps_its_status() {
        let mut outcome = Outcome::default();
        outcome.close_with("Canceled");
        outcome.set_result(RawValue::empty(), "Failed".into(), None);
        assert_eq!(outcome.status(), Some("Canceled"));
        assert!(!outcome.has_result());
    }

    #[test]
    fn current_activity_is_null_before_the_first_activity() {
        let current = Outcome::default().current(&Activities::default());
        let json = serde_json::to_value(current).unwrap();
        let null = serde_json::json!({
            "current_activity": null, "status": null, "activity_id": null
        });
        assert_eq!(json, null);
    }
}

//! The data that the base keeps of a workflow: activities, state, outcome, stream, dropped signals
//! and pending memo updates. It issues no commands: only code with a context does.

pub(crate) mod activity_record;
pub(crate) mod dropped_signal;
pub(crate) mod memo_updates;
pub(crate) mod outcome;

use std::{any::Any, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use temporalio_workflow::{WorkflowCancellationToken, common::data_converters::RawValue};
use tracing::warn;

use self::{
    activity_record::{Activities, ActivityView},
    dropped_signal::{DroppedSignal, DroppedSignals},
    memo_updates::MemoUpdates,
    outcome::{CarriedOutcome, CurrentActivity, Outcome},
};
use crate::streaming::{wire::WorkflowStreamState, workflow_stream::WorkflowStream};

/// The memo's key for the last dropped signal.
const DROPPED_SIGNAL: &str = "dropped_signal";

/// The status of a workflow whose result was set without another status.
pub const DONE: &str = "Done";
/// The status of a workflow that was cancelled.
pub const CANCELED: &str = "Canceled";
/// The status of a workflow that failed.
pub const FAILED: &str = "Failed";

/// The field that `#[workflow]` adds to a workflow's struct.
#[derive(Default)]
pub struct Base {
    pub(crate) activities: Activities,
    pub(crate) outcome: Outcome,
    pub(crate) memo: MemoUpdates,
    pub(crate) dropped: DroppedSignals,
    pub(crate) stream: WorkflowStream,
    /// The compensations, which are generic over the workflow.
    pub(crate) compensations: Vec<Box<dyn Any>>,
    /// Set during `#[on_cancel]` and compensations: the activities scheduled then are not cancelled
    /// with the workflow.
    pub(crate) shield: Option<WorkflowCancellationToken>,
    state: BTreeMap<String, Value>,
}

/// The state that continue-as-new passes to the next run. The field names are a stored format.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Carried {
    #[serde(default)]
    state: BTreeMap<String, Value>,
    /// The number of activities so far, so that ids stay distinct across runs.
    #[serde(default)]
    activities: u64,
    /// The result, if one was set and `finish` did not return it.
    #[serde(default, rename = "ending")]
    outcome: CarriedOutcome,
    /// The stream, if anything was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stream: Option<WorkflowStreamState>,
}

impl std::fmt::Debug for Base {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Base")
            .field("current", &self.current_activity())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Base {
    /// Starts with the workflow, and with the state of the previous run.
    pub(crate) fn start(&mut self, workflow_id: &str, carried: Carried) {
        self.state = carried.state;
        self.stream = carried
            .stream
            .map(WorkflowStream::from_state)
            .unwrap_or_default();
        self.outcome = Outcome::from_carried(carried.outcome);
        self.activities.start(workflow_id, carried.activities);
    }

    pub(crate) fn carry(&self, stream: WorkflowStreamState) -> Carried {
        Carried {
            state: self.state.clone(),
            activities: self.activities.count(),
            outcome: self.outcome.carry(),
            stream: (self.stream.offset() > 0).then_some(stream),
        }
    }

    /// Returns the activity that changed last, and the workflow's status once it has a result.
    pub fn current_activity(&self) -> CurrentActivity {
        self.outcome.current(&self.activities)
    }

    /// Returns all activities of this run in the order in which they were scheduled.
    pub fn activities(&self) -> Vec<ActivityView> {
        self.activities.views()
    }

    /// Returns the result of an activity: `null` if it has none or is unknown.
    pub fn activity_result(&self, id: &str) -> RawValue {
        or_null(self.activities.result(id))
    }

    /// Returns the result of an activity's callback: `null` if it has none or is unknown.
    pub fn callback_result(&self, id: &str) -> RawValue {
        or_null(self.activities.callback_result(id))
    }

    /// Returns the signals that were dropped because their arguments did not decode.
    pub fn dropped_signals(&self) -> Vec<DroppedSignal> {
        self.dropped.list()
    }

    /// Records a dropped signal, for the query and the memo.
    pub(crate) fn record_dropped_signal(&mut self, signal: &str, error: String) {
        self.dropped.add(signal.to_owned(), error);
        // Without the error: it quotes the argument, which not every reader of the memo may see.
        let value = json!({"signal": signal, "count": self.dropped.count()});
        self.memo.set(DROPPED_SIGNAL.to_owned(), value);
    }

    pub(crate) fn set_state<T: Serialize + ?Sized>(&mut self, key: String, value: &T) {
        let value = match serde_json::to_value(value) {
            Ok(value) => value,
            Err(error) => panic!("cannot encode the state `{key}` as JSON: {error}"),
        };
        self.state.insert(key, value);
    }

    pub(crate) fn get_state<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.state.get(key)?;
        match T::deserialize(value) {
            Ok(value) => Some(value),
            Err(error) => {
                warn!(key, %error, "cannot decode a state value as the requested type");
                None
            }
        }
    }

    pub(crate) fn remove_state(&mut self, key: &str) {
        self.state.remove(key);
    }
}

fn or_null(value: Option<&RawValue>) -> RawValue {
    value.cloned().unwrap_or_else(crate::payload::null)
}

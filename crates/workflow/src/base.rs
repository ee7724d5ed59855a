//! What the base keeps of a workflow: its activities, its state, its result, and what it has still
//! to say. It issues no commands: who does, works on a context.

mod activity;
mod ending;

use std::{any::Any, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_workflow::{
    WorkflowCancellationToken, WorkflowContextView, common::data_converters::RawValue,
};
use tracing::warn;

pub(crate) use self::{
    activity::{Activities, ActivityKey, Failed},
    ending::{CarriedEnding, Ending},
};
pub use self::{
    activity::{ActivityStatus, ActivityView},
    ending::CurrentActivity,
};
use crate::{
    carry,
    report::Report,
    signal::{Dropped, DroppedSignal},
    stream::{Host, State},
};

/// The status of a workflow whose result is set without another one.
pub const DONE: &str = "Done";
/// The status of a workflow that was cancelled.
pub const CANCELED: &str = "Canceled";
/// The status of a workflow that failed.
pub const FAILED: &str = "Failed";

/// What `#[workflow]` adds to a workflow's struct.
#[derive(Default)]
pub struct Base {
    pub(crate) activities: Activities,
    pub(crate) ending: Ending,
    pub(crate) report: Report,
    pub(crate) dropped: Dropped,
    pub(crate) stream: Host,
    /// Steps to undo, of the workflow's own type.
    pub(crate) undo: Vec<Box<dyn Any>>,
    /// Set while the workflow's ending is seen to: its cancellation does not reach what is done then.
    pub(crate) shield: Option<WorkflowCancellationToken>,
    state: BTreeMap<String, Value>,
}

/// What the next run of a workflow gets from the one that continues as new.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Carried {
    #[serde(default)]
    state: BTreeMap<String, Value>,
    /// The number of activities so far, so that ids stay distinct over the runs.
    #[serde(default)]
    activities: u64,
    /// The result, where one was set and no `finish` saw it.
    #[serde(default)]
    ending: CarriedEnding,
    /// The stream, where anything was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stream: Option<State>,
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
    /// Begins with the workflow, and with what the run before left.
    pub(crate) fn begin(&mut self, view: &WorkflowContextView) {
        let carried = carry::carried(view);
        self.state = carried.state;
        self.stream = carried.stream.map(Host::from_state).unwrap_or_default();
        self.ending = Ending::carried(carried.ending);
        self.activities
            .begin(view.workflow_id(), carried.activities);
    }

    pub(crate) fn carry(&self, stream: State) -> Carried {
        Carried {
            state: self.state.clone(),
            activities: self.activities.count(),
            ending: self.ending.carry(),
            stream: (self.stream.offset() > 0).then_some(stream),
        }
    }

    /// The activity that was begun or ended last, and the workflow's status once it has a result.
    pub fn current_activity(&self) -> CurrentActivity {
        self.ending.current(&self.activities)
    }

    /// All activities of this run in the order in which they were scheduled.
    pub fn activities(&self) -> Vec<ActivityView> {
        self.activities.views()
    }

    /// What an activity returned: `null` where it has not, or is not known.
    pub fn activity_result(&self, id: &str) -> RawValue {
        or_null(self.activities.result(id))
    }

    /// What an activity's callback returned: `null` where it has not, or there is none.
    pub fn callback_result(&self, id: &str) -> RawValue {
        or_null(self.activities.callback(id))
    }

    /// The signals that were dropped because their arguments did not decode.
    pub fn dropped_signals(&self) -> Vec<DroppedSignal> {
        self.dropped.signals()
    }

    pub(crate) fn set_state<T: Serialize + ?Sized>(&mut self, key: String, value: &T) {
        let value = match serde_json::to_value(value) {
            Ok(value) => value,
            Err(error) => panic!("the state `{key}` can't be written as JSON: {error}"),
        };
        self.state.insert(key, value);
    }

    pub(crate) fn get_state<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.state.get(key)?;
        match T::deserialize(value) {
            Ok(value) => Some(value),
            Err(error) => {
                warn!(key, %error, "the state is of another type than was asked for");
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

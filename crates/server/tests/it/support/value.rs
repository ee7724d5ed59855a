//! Values that workflows and clients exchange.

use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::FakeWorkflow;
use serde::Serialize;
use serde_json::Value;

/// Returns a value as a payload.
pub fn payload(value: impl Serialize) -> Json {
    Json::from_value(&value).unwrap()
}

/// Returns events as clients receive them.
pub fn to_json(events: &[Event]) -> Vec<Value> {
    let values = events.iter().map(serde_json::to_value);
    values.map(Result::unwrap).collect()
}

/// Returns the cursor of a workflow's last event.
pub fn last_cursor(workflow: &FakeWorkflow) -> String {
    workflow.events().last().unwrap().cursor.to_string()
}

/// Returns the number of a workflow's events of a type.
pub fn count_events(workflow: &FakeWorkflow, event_type: &str) -> usize {
    let events = workflow.events();
    let types = events.iter().map(|event| event.data.type_name());
    types.filter(|other| *other == event_type).count()
}

//! The JSON Schema of events accepts every event that is written.

use fast_temporal_protocol::{Event, EventData};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::sample;

fn event_schema() -> Validator {
    let schema = serde_json::to_value(schemars::schema_for!(Event)).expect("JSON");
    jsonschema::validator_for(&schema).expect("a valid schema")
}

#[test]
fn events_of_every_type_match_the_schema() {
    let schema = event_schema();
    for event in sample::full_events().iter().chain(&sample::bare_events()) {
        // The parser of the validator rejects numbers beyond the range of a float.
        let text = serde_json::to_string(event).expect("JSON");
        let value: Value = serde_json::from_str(&text.replace("1e400", "1e40")).expect("JSON");
        assert!(schema.is_valid(&value), "{value}");
    }
}

#[test]
fn schema_rejects_data_of_another_type() {
    let schema = event_schema();
    let event = sample::full_events().swap_remove(13);
    assert_eq!(event.data.type_name(), EventData::TYPES[13]);
    let mut value = serde_json::to_value(event).expect("JSON");
    value["data"] = json!({"timer_id": 7});
    assert!(!schema.is_valid(&value), "{value}");
    value["type"] = json!("moon.landed");
    assert!(
        schema.is_valid(&value),
        "unknown types are accepted: {value}"
    );
}

#[test]
fn schema_requires_the_common_fields() {
    let schema = event_schema();
    for field in ["cursor", "type", "time", "workflow_id", "run_id", "data"] {
        let mut value = serde_json::to_value(&sample::bare_events()[0]).expect("JSON");
        value.as_object_mut().expect("an object").remove(field);
        assert!(!schema.is_valid(&value), "{field}");
    }
}

//! The JSON Schema of events accepts every event that is written.

use boon::{Compiler, SchemaIndex, Schemas};
use fast_temporal_protocol::{Event, EventData};
use serde_json::{Value, json};

use crate::support::sample;

/// The compiled schema of events.
struct EventSchema(Schemas, SchemaIndex);

impl EventSchema {
    fn new() -> Self {
        let schema = serde_json::to_value(schemars::schema_for!(Event)).expect("JSON");
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler
            .add_resource("event.json", schema)
            .expect("a schema");
        let index = compiler
            .compile("event.json", &mut schemas)
            .expect("a valid schema");
        Self(schemas, index)
    }

    fn allows(&self, event: &Value) -> bool {
        self.0.validate(event, self.1).is_ok()
    }
}

#[test]
fn events_of_every_type_match_the_schema() {
    let schema = EventSchema::new();
    for event in sample::full_events().iter().chain(&sample::bare_events()) {
        // The validator parses numbers as floats, and rejects those out of range.
        let text = serde_json::to_string(event)
            .expect("JSON")
            .replace("1e400", "1e40");
        let value = serde_json::from_str(&text).expect("JSON");
        assert!(schema.allows(&value), "{value}");
    }
}

#[test]
fn schema_rejects_data_of_another_type() {
    let schema = EventSchema::new();
    let event = sample::full_events().swap_remove(13);
    assert_eq!(event.data.type_name(), EventData::TYPES[13]);
    let mut value = serde_json::to_value(event).expect("JSON");
    value["data"] = json!({"timer_id": 7});
    assert!(!schema.allows(&value), "{value}");
    value["type"] = json!("moon.landed");
    assert!(schema.allows(&value), "unknown types are accepted: {value}");
}

#[test]
fn schema_requires_the_common_fields() {
    let schema = EventSchema::new();
    for field in ["cursor", "type", "time", "workflow_id", "run_id", "data"] {
        let mut value = serde_json::to_value(&sample::bare_events()[0]).expect("JSON");
        value.as_object_mut().expect("an object").remove(field);
        assert!(!schema.allows(&value), "{field}");
    }
}

//! The wire form of an event: `{"cursor","type","time","workflow_id","run_id","data","end"?}`.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{json, value::RawValue};

use super::{Event, EventData};
use crate::Cursor;

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("cursor", &self.cursor)?;
        map.serialize_entry("type", self.data.type_name())?;
        map.serialize_entry("time", &self.time)?;
        map.serialize_entry("workflow_id", &self.cursor.workflow_id)?;
        map.serialize_entry("run_id", &self.cursor.run_id)?;
        self.data.serialize_data(&mut map)?;
        if self.end {
            map.serialize_entry("end", &true)?;
        }
        map.end()
    }
}

#[derive(Deserialize)]
struct Wire {
    cursor: Cursor,
    #[serde(rename = "type")]
    type_name: String,
    time: Timestamp,
    data: Box<RawValue>,
    #[serde(default)]
    end: bool,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let data =
            EventData::from_parts(wire.type_name, &wire.data).map_err(serde::de::Error::custom)?;
        Ok(Self {
            cursor: wire.cursor,
            time: wire.time,
            data,
            end: wire.end,
        })
    }
}

impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let cursor = generator.subschema_for::<Cursor>();
        let mut kinds: Vec<_> = EventData::data_schemas(generator)
            .into_iter()
            .map(|(name, data)| json!({"properties": {"type": {"const": name}, "data": data}}))
            .collect();
        // Later versions add types, which clients ignore.
        kinds.push(json!({"properties": {"type": {"not": {"enum": EventData::TYPES}}}}));
        json_schema!({
            "type": "object",
            "required": ["cursor", "type", "time", "workflow_id", "run_id", "data"],
            "properties": {
                "cursor": cursor,
                "type": {"type": "string"},
                "time": {"type": "string", "format": "date-time"},
                "workflow_id": {"type": "string"},
                "run_id": {"type": "string"},
                "end": {"type": "boolean", "description": "Present and true only on a feed's last event."},
            },
            "anyOf": kinds,
        })
    }
}

//! Temporal's proto JSON, the format of all its tools.

use std::path::Path;

use anyhow::Context as _;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::Value;
use temporalio_common::protos::temporal::api::history::v1::History;

/// Writes a history without the fields that identify the recording machine.
pub(crate) fn write(path: &Path, history: &History) -> anyhow::Result<()> {
    let descriptors = std::fs::read(env!("TEMPORAL_API_DESCRIPTORS"))?;
    let kind = DescriptorPool::decode(descriptors.as_slice())?
        .get_message_by_name("temporal.api.history.v1.History")
        .context("the API has histories")?;
    let message = DynamicMessage::decode(kind, history.encode_to_vec().as_slice())?;
    let mut value = serde_json::to_value(&message)?;
    strip(&mut value);
    // The indentation that the Python recorder uses: one space for each level.
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    serde::Serialize::serialize(&value, &mut serializer)?;
    text.push(b'\n');
    Ok(std::fs::write(path, text)?)
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("kind").and_then(Value::as_str) == Some("TASK_QUEUE_KIND_STICKY") {
                fields.insert("name".to_owned(), "sticky".into());
            }
            fields.retain(|key, _| key != "identity" && key != "stackTrace");
            fields.values_mut().for_each(strip);
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}

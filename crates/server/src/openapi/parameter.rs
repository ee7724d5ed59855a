//! Parameters in paths, queries and headers.

use serde_json::{Map, Value, json};

/// Temporal's databases reject control characters.
const NO_CONTROL_CHARACTERS: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// `{id}`.
pub(super) fn workflow_id() -> Value {
    parameter(
        "path",
        "id",
        "The workflow id: unchanged if it matches `[A-Za-z0-9._~-]+` and is neither `.` nor `..`, \
         else as `=` and base64url without padding.",
        json!({
            "type": "string",
            "minLength": 1,
            "maxLength": 1335,
            "pattern": "^([A-Za-z0-9._~-]+|=[A-Za-z0-9_-]+)$",
        }),
    )
}

/// `{name}`.
pub(super) fn message_name() -> Value {
    parameter(
        "path",
        "name",
        "The name, percent-encoded. Names that begin with `__temporal_` are reserved.",
        json!({
            "type": "string",
            "minLength": 1,
            "maxLength": 1000,
            "pattern": NO_CONTROL_CHARACTERS,
        }),
    )
}

/// `?run_id=`.
pub(crate) fn run_id() -> Value {
    query(
        "run_id",
        "The run; the current one if absent or empty.",
        json!({"type": "string", "maxLength": 1000, "pattern": NO_CONTROL_CHARACTERS}),
    )
}

/// `Idempotency-Key`.
pub(crate) fn idempotency_key() -> Value {
    parameter(
        "header",
        "Idempotency-Key",
        "Makes retries safe: requests with the same key take effect once. Alternatively the body \
         can have it as `request_id`, or as `update_id` of an update.",
        json!({"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[ -~]*$"}),
    )
}

/// The position, the filter and the transport of a subscription.
pub(crate) fn of_events() -> Vec<Value> {
    vec![
        query(
            "after",
            "The cursor after which to read. From the start if absent or empty.",
            json!({"type": "string", "maxLength": 4096}),
        ),
        query(
            "from",
            "Where to begin without a cursor: with the first event, or with new ones.",
            json!({"type": "string", "enum": ["start", "now"]}),
        ),
        list(
            "types",
            "Only events of these types, each exact (`activity.completed`) or a family \
             (`activity.*`). The last event is always sent.",
        ),
        list(
            "topics",
            "Only stream items of these topics. Does not filter other events.",
        ),
        query(
            "stream_source",
            "The source of stream items: signals in history, or the stream of the workflow itself, \
             which also has the items that the workflow published.",
            json!({"type": "string", "enum": ["signals", "workflow"]}),
        ),
        query(
            "stream_offset",
            "The offset of the first item to send from the workflow's own stream.",
            json!({"type": "integer", "minimum": 0}),
        ),
        query(
            "progress",
            "Whether to send attempts and heartbeats of running activities.",
            json!({"type": "boolean"}),
        ),
        query(
            "wait",
            "Requests one JSON response, and how many seconds to wait for it if nothing is new.",
            json!({"type": "number", "minimum": 0, "maximum": 30}),
        ),
        parameter(
            "header",
            "Last-Event-ID",
            "Like `after`, and takes precedence: browsers send it when they reconnect.",
            json!({"type": "string", "maxLength": 4096}),
        ),
    ]
}

/// A query parameter from a field of a request type.
pub(super) fn of_field(name: &str, mut schema: Value) -> Value {
    let mut description = String::new();
    if let Value::Object(fields) = &mut schema {
        if let Some(Value::String(text)) = fields.remove("description") {
            description = text;
        }
        fields.remove("default");
        remove_null(fields);
    }
    query(name, &description, schema)
}

/// Queries have no `null`: optional parameters are left out.
fn remove_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            schema["type"] = only.clone();
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = &choices[..] {
            let only = only.clone();
            schema.remove("anyOf");
            schema.extend(only);
        }
    }
}

/// A comma-separated list.
fn list(name: &str, description: &str) -> Value {
    let schema = json!({"type": "array", "items": {"type": "string"}});
    let mut list = query(name, description, schema);
    list["style"] = "form".into();
    list["explode"] = false.into();
    list
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    parameter("query", name, description, schema)
}

fn parameter(location: &str, name: &str, description: &str, schema: Value) -> Value {
    let mut parameter = json!({
        "in": location,
        "name": name,
        "description": description,
        "required": location == "path",
    });
    parameter["schema"] = schema;
    parameter
}

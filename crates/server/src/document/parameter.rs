//! Parameters in paths, queries and headers.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use utoipa::{
    IntoParams,
    openapi::{
        RefOr, Required, Schema,
        path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
    },
};

use super::schema;

/// `{id}`
pub(crate) struct IdParameter;

impl IntoParams for IdParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(
            ParameterIn::Path,
            "id",
            "The workflow id: as it is where it matches `[A-Za-z0-9._~-]+` and is neither `.` nor \
             `..`, else as `=` and base64url without padding.",
            json!({
                "type": "string",
                "minLength": 1,
                "maxLength": 1335,
                "pattern": "^([A-Za-z0-9._~-]+|=[A-Za-z0-9_-]+)$",
            }),
        )]
    }
}

/// `{name}`
pub(crate) struct NameParameter;

impl IntoParams for NameParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(
            ParameterIn::Path,
            "name",
            "The name, percent-encoded. Names that begin with `__temporal_` are reserved.",
            json!({
                "type": "string",
                "minLength": 1,
                "maxLength": 1000,
                "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$",
            }),
        )]
    }
}

/// `?run_id=`
pub(crate) struct RunParameter;

impl IntoParams for RunParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(
            ParameterIn::Query,
            "run_id",
            "The run. The current one where it is absent or empty.",
            json!({
                "type": "string",
                "maxLength": 1000,
                "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$",
            }),
        )]
    }
}

/// `Idempotency-Key`
pub(crate) struct IdempotencyParameter;

impl IntoParams for IdempotencyParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(
            ParameterIn::Header,
            "Idempotency-Key",
            "Makes the request the same as an earlier one with the same key: it is done once. The \
             body may say it, too, as `request_id`, or, for an update, as `update_id`.",
            json!({
                "type": "string",
                "minLength": 1,
                "maxLength": 256,
                "pattern": "^[ -~]*$",
            }),
        )]
    }
}

/// Where a reader of events stands, what of them it wants, and how long it waits.
pub(crate) struct EventsParameters;

impl IntoParams for EventsParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            parameter(
                ParameterIn::Query,
                "after",
                "The cursor after which to read. All from the start where it is absent or empty.",
                json!({"type": "string", "maxLength": 4096}),
            ),
            parameter(
                ParameterIn::Query,
                "from",
                "Where to begin without a cursor: with the first event, or with what happens now.",
                json!({"type": "string", "enum": ["start", "now"]}),
            ),
            list_parameter(
                "types",
                "Only events of these types, each whole (`activity.completed`) or a family \
                 (`activity.*`). The last event comes in any case.",
            ),
            list_parameter(
                "topics",
                "Only stream items of these topics. Says nothing of other events.",
            ),
            parameter(
                ParameterIn::Query,
                "stream_source",
                "Where stream items come from: out of history, or out of the workflow that holds \
                 them, also those that it published itself.",
                json!({"type": "string", "enum": ["signals", "workflow"]}),
            ),
            parameter(
                ParameterIn::Query,
                "stream_offset",
                "The first item to give of those that the workflow holds.",
                json!({"type": "integer", "minimum": 0}),
            ),
            parameter(
                ParameterIn::Query,
                "progress",
                "Whether to tell of attempts and heartbeats of running activities.",
                json!({"type": "boolean"}),
            ),
            parameter(
                ParameterIn::Query,
                "wait",
                "Asks for one JSON answer, and says how many seconds to wait for it where nothing \
                 is new.",
                json!({"type": "number", "minimum": 0, "maximum": 30}),
            ),
            parameter(
                ParameterIn::Header,
                "Last-Event-ID",
                "As `after`, and before it: what a browser that reconnects sends.",
                json!({"type": "string", "maxLength": 4096}),
            ),
        ]
    }
}

/// A request whose fields stand in the query.
pub(crate) struct QueryParameters<T>(PhantomData<T>);

impl<T: JsonSchema> IntoParams for QueryParameters<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        schema::properties::<T>()
            .into_iter()
            .map(|(name, schema)| query_parameter(&name, schema))
            .collect()
    }
}

fn query_parameter(name: &str, mut schema: Value) -> Parameter {
    let mut description = String::new();
    if let Value::Object(fields) = &mut schema {
        if let Some(Value::String(text)) = fields.remove("description") {
            description = text;
        }
        fields.remove("default");
        leave_out_null(fields);
    }
    parameter(ParameterIn::Query, name, &description, schema)
}

/// A query has no `null`: what is not said is left out.
fn leave_out_null(schema: &mut Map<String, Value>) {
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

/// Texts with commas between.
fn list_parameter(name: &str, description: &str) -> Parameter {
    let schema = json!({"type": "array", "items": {"type": "string"}});
    let mut list = parameter(ParameterIn::Query, name, description, schema);
    list.style = Some(ParameterStyle::Form);
    list.explode = Some(false);
    list
}

fn parameter(place: ParameterIn, name: &str, description: &str, schema: Value) -> Parameter {
    let required = if place == ParameterIn::Path {
        Required::True
    } else {
        Required::False
    };
    let schema: RefOr<Schema> = serde_json::from_value(schema).expect("a plain schema");
    ParameterBuilder::new()
        .parameter_in(place)
        .name(name)
        .description(Some(description))
        .required(required)
        .schema(Some(schema))
        .build()
}

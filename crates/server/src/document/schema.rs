//! The protocol's values as components of the document.

use fast_temporal_protocol::{
    ErrorBody, Event,
    v1::{
        CancelRequest, Empty, EventsPage, QueryRequest, QueryResult, SignalRequest, StartRequest,
        StartResult, TerminateRequest, TicketRequest, TicketResult, UpdateRequest, UpdateResult,
        WorkflowDetails, WorkflowList, WorkflowOutcome,
    },
};
use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

const PATH: &str = "/components/schemas";

/// Everything that operations refer to, by name.
pub(super) fn components() -> Map<String, Value> {
    let mut requests = generator(Contract::Deserialize);
    requests.subschema_for::<StartRequest>();
    requests.subschema_for::<SignalRequest>();
    requests.subschema_for::<QueryRequest>();
    requests.subschema_for::<UpdateRequest>();
    requests.subschema_for::<CancelRequest>();
    requests.subschema_for::<TerminateRequest>();
    requests.subschema_for::<TicketRequest>();
    let mut answers = generator(Contract::Serialize);
    answers.subschema_for::<StartResult>();
    answers.subschema_for::<Empty>();
    answers.subschema_for::<QueryResult>();
    answers.subschema_for::<UpdateResult>();
    answers.subschema_for::<WorkflowDetails>();
    answers.subschema_for::<WorkflowList>();
    answers.subschema_for::<WorkflowOutcome>();
    answers.subschema_for::<Event>();
    answers.subschema_for::<EventsPage>();
    answers.subschema_for::<TicketResult>();
    answers.subschema_for::<ErrorBody>();
    let mut components = requests.take_definitions(true);
    components.append(&mut answers.take_definitions(true));
    components.insert("Error".to_owned(), envelope());
    components.insert("Health".to_owned(), health());
    components
}

/// The properties of a request that stands in the query, with what they refer to in [`components`].
pub(super) fn properties<T: JsonSchema>() -> Map<String, Value> {
    let schema = generator(Contract::Deserialize).into_root_schema_for::<T>();
    match schema.get("properties") {
        Some(Value::Object(properties)) => properties.clone(),
        _ => Map::new(),
    }
}

fn generator(contract: Contract) -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = PATH.into();
            settings.contract = contract;
        })
        .into_generator()
}

fn health() -> Value {
    json!({
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"enum": ["ok", "ready"]}},
    })
}

/// How an error comes over HTTP.
fn envelope() -> Value {
    json!({
        "type": "object",
        "description": "An error.",
        "required": ["error"],
        "properties": {"error": {"$ref": "#/components/schemas/ErrorBody"}},
        "examples": [{"error": {
            "code": "not_found",
            "message": "no such workflow",
            "retryable": false,
        }}],
    })
}

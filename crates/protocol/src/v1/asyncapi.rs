//! The AsyncAPI 3 document of `/v1/ws`, built from the types of this module.

use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

use super::{
    auth::{AuthRequest, AuthResult, PingResult},
    describe::WorkflowDetails,
    list::{ListRequest, WorkflowList},
    notice::Notice,
    request::{RequestId, SUBPROTOCOL},
    response::Empty,
    start::{StartRequest, StartResult},
    steer::{
        CancelRequest, QueryRequest, QueryResult, ResultRequest, SignalRequest, TerminateRequest,
        UpdateRequest, UpdateResult, WorkflowOutcome,
    },
    subscribe::SubscribeRequest,
};
use crate::{ErrorBody, Event};

const DESCRIPTION: &str = "Start, steer and watch Temporal workflows over one WebSocket. The \
    client sends requests; the gateway sends one response to each, the events of the client's \
    subscriptions, and notices. The same operations are available over HTTP: see /openapi.json.";

/// The fields of a request that name its workflow or handler, beside those of its own type.
const WORKFLOW: &[&str] = &["workflow_id"];
const TARGET: &[&str] = &["workflow_id", "run_id"];
const HANDLER: &[&str] = &["workflow_id", "run_id", "name"];

/// Returns the AsyncAPI document. Its operations have the names of
/// [`Operation`](super::Operation), and are listed in the same order.
pub fn asyncapi() -> Value {
    let mut document = Document {
        received: generator(Contract::Deserialize),
        sent: generator(Contract::Serialize),
        messages: Map::new(),
        operations: Map::new(),
    };
    document.add::<StartRequest, StartResult>("start", "Start a workflow.", &[]);
    document.add::<SubscribeRequest, Empty>(
        "subscribe",
        "Subscribe to a workflow's events. The response precedes the first event.",
        WORKFLOW,
    );
    document.add::<Empty, Empty>(
        "unsubscribe",
        "End a subscription. No event of the workflow follows the response.",
        WORKFLOW,
    );
    document.add::<SignalRequest, Empty>("signal", "Send the signal `name`.", HANDLER);
    document.add::<QueryRequest, QueryResult>("query", "Send the query `name`.", HANDLER);
    document.add::<UpdateRequest, UpdateResult>(
        "update",
        "Send the update `name`, and wait for its result.",
        HANDLER,
    );
    document.add::<CancelRequest, Empty>(
        "cancel",
        "Request that the workflow cancel itself.",
        TARGET,
    );
    document.add::<TerminateRequest, Empty>("terminate", "Terminate the workflow at once.", TARGET);
    document.add::<Empty, WorkflowDetails>("describe", "Describe the workflow.", TARGET);
    document.add::<ListRequest, WorkflowList>("list", "List workflows.", &[]);
    document.add::<ResultRequest, WorkflowOutcome>(
        "result",
        "Wait until the workflow is closed, and return its outcome.",
        WORKFLOW,
    );
    document.add::<AuthRequest, AuthResult>(
        "auth",
        "Set or replace the connection's credentials.",
        &[],
    );
    document.add::<Empty, PingResult>("ping", "Check that the gateway is alive.", &[]);
    document.add_errors();
    document.add_events_and_notices();
    document.finish()
}

struct Document {
    received: SchemaGenerator,
    sent: SchemaGenerator,
    messages: Map<String, Value>,
    operations: Map<String, Value>,
}

impl Document {
    /// Adds an operation with its request and its response.
    fn add<Q: JsonSchema, R: JsonSchema>(&mut self, name: &str, summary: &str, fields: &[&str]) {
        let mut properties = Map::new();
        let id = self.received.subschema_for::<RequestId>();
        properties.insert("id".into(), id.into());
        properties.insert("op".into(), json!({"const": name}));
        for field in fields {
            properties.insert((*field).into(), field_schema(field));
        }
        let required = fields.iter().filter(|field| **field != "run_id");
        let required: Vec<_> = ["id", "op"].iter().chain(required).collect();
        let envelope = json!({"type": "object", "required": required, "properties": properties});
        let request = self.received.subschema_for::<Q>();
        self.message(name, summary, json!({"allOf": [envelope, request]}));

        let response = format!("{name}_response");
        let id = self.sent.subschema_for::<RequestId>();
        let result = self.sent.subschema_for::<R>();
        let payload = json!({
            "type": "object",
            "required": ["id", "ok", "result"],
            "properties": {"id": id, "ok": {"const": true}, "result": result},
        });
        self.message(&response, &format!("The response to `{name}`."), payload);
        let operation = json!({
            "action": "receive",
            "channel": {"$ref": "#/channels/v1"},
            "summary": summary,
            "messages": [message_ref(name)],
            "reply": {
                "channel": {"$ref": "#/channels/v1"},
                "messages": [message_ref(&response), message_ref("error_response")],
            },
        });
        self.operations.insert(name.into(), operation);
    }

    fn add_errors(&mut self) {
        let id = self.sent.subschema_for::<RequestId>();
        let error = self.sent.subschema_for::<ErrorBody>();
        let payload = json!({
            "type": "object",
            "required": ["id", "ok", "error"],
            "properties": {
                "id": {
                    "anyOf": [id, {"type": "null"}],
                    "description": "The request's id; `null` if it could not be read.",
                },
                "ok": {"const": false},
                "error": error,
            },
        });
        self.message(
            "error_response",
            "The response to a failed request.",
            payload,
        );
    }

    fn add_events_and_notices(&mut self) {
        let event = self.sent.subschema_for::<Event>();
        let payload = json!({
            "type": "object",
            "required": ["event"],
            "properties": {"event": event},
        });
        self.message("event", "An event of a subscription.", payload);
        let mut names = vec!["event".to_owned()];
        let mut notices = Value::from(Notice::json_schema(&mut self.sent));
        let notices = notices["oneOf"].as_array_mut().map(std::mem::take);
        for mut notice in notices.expect("a notice is one of several objects") {
            let name = notice["required"][0].as_str().expect("one key").to_owned();
            let summary = notice["description"].take();
            let summary = summary
                .as_str()
                .expect("a documented notice")
                .replace('\n', " ");
            let mut payload = json!({"type": "object", "required": [name]});
            payload["properties"] = notice["properties"].take();
            self.message(&name, &summary, payload);
            names.push(name);
        }
        let refs: Vec<_> = names.iter().map(|name| message_ref(name)).collect();
        let operation = json!({
            "action": "send",
            "channel": {"$ref": "#/channels/v1"},
            "summary": "Send the events of the client's subscriptions, and notices.",
            "messages": refs,
        });
        self.operations.insert("deliver".into(), operation);
    }

    fn message(&mut self, name: &str, summary: &str, payload: Value) {
        let mut message = json!({"name": name, "summary": summary});
        message["payload"] = payload;
        self.messages.insert(name.into(), message);
    }

    fn finish(mut self) -> Value {
        let mut schemas = self.received.take_definitions(true);
        schemas.append(&mut self.sent.take_definitions(true));
        let channel_messages: Map<_, _> = self
            .messages
            .keys()
            .map(|name| {
                let target = format!("#/components/messages/{name}");
                (name.clone(), json!({"$ref": target}))
            })
            .collect();
        json!({
            "asyncapi": "3.0.0",
            "info": {
                "title": "Fast Temporal",
                "version": env!("CARGO_PKG_VERSION"),
                "description": DESCRIPTION,
                "license": {"name": "MIT OR Apache-2.0"},
            },
            "defaultContentType": "application/json",
            "servers": {
                "local": {
                    "host": "127.0.0.1:8000",
                    "protocol": "ws",
                    "description": format!("A gateway. The subprotocol is `{SUBPROTOCOL}`."),
                    "security": [
                        {"$ref": "#/components/securitySchemes/bearer"},
                        {"$ref": "#/components/securitySchemes/ticket"},
                    ],
                },
            },
            "channels": {
                "v1": {
                    "address": "/v1/ws",
                    "description": "One connection for any number of workflows.",
                    "messages": channel_messages,
                    "bindings": {"ws": {
                        "method": "GET",
                        "query": {
                            "type": "object",
                            "properties": {"ticket": {"type": "string"}},
                        },
                    }},
                },
            },
            "operations": self.operations,
            "components": {
                "messages": self.messages,
                "schemas": schemas,
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "A JSON Web Token, an API key or a ticket.",
                    },
                    "ticket": {
                        "type": "httpApiKey",
                        "in": "query",
                        "name": "ticket",
                        "description": "A ticket from `POST /v1/tickets`.",
                    },
                },
            },
        })
    }
}

fn field_schema(field: &str) -> Value {
    let description = match field {
        "workflow_id" => "The full workflow id, with its owner's prefix.",
        "run_id" => "The run, by default the current one.",
        _ => "The name of the signal, query or update.",
    };
    json!({"type": "string", "maxLength": 1000, "description": description})
}

fn message_ref(name: &str) -> Value {
    json!({"$ref": format!("#/channels/v1/messages/{name}")})
}

/// Schemas in AsyncAPI's default format, a superset of JSON Schema draft 7.
fn generator(contract: Contract) -> SchemaGenerator {
    SchemaSettings::draft07()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.contract = contract;
        })
        .into_generator()
}

//! The AsyncAPI document: its operations, and messages against its schemas.

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use fast_temporal_protocol::v1::{Operation, asyncapi, parse_request};
use serde_json::{Value, json};

/// The document's message schemas, compiled.
struct Messages {
    document: Value,
    compiler: Compiler,
}

impl Messages {
    fn new() -> Self {
        let document = asyncapi();
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V7);
        compiler
            .add_resource("asyncapi.json", document.clone())
            .expect("a resource");
        Self { document, compiler }
    }

    fn compile(&mut self, name: &str) -> (Schemas, SchemaIndex) {
        let mut schemas = Schemas::new();
        let location = format!("asyncapi.json#/components/messages/{name}/payload");
        let index = self
            .compiler
            .compile(&location, &mut schemas)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        (schemas, index)
    }

    fn accepts(&mut self, name: &str, message: &Value) -> bool {
        let (schemas, index) = self.compile(name);
        schemas.validate(message, index).is_ok()
    }
}

/// A request for each operation.
fn requests() -> Vec<Value> {
    vec![
        json!({"op": "start", "workflow": "order", "args": [{"id": 42}], "request_id": "r-1"}),
        json!({"op": "subscribe", "workflow_id": "order-42", "from": "now", "progress": true}),
        json!({"op": "unsubscribe", "workflow_id": "order-42"}),
        json!({"op": "signal", "workflow_id": "order-42", "name": "pay", "args": [3]}),
        json!({"op": "query", "workflow_id": "order-42", "run_id": "r", "name": "state"}),
        json!({"op": "update", "workflow_id": "order-42", "name": "add", "wait_for": "accepted"}),
        json!({"op": "cancel", "workflow_id": "order-42", "reason": "changed my mind"}),
        json!({"op": "terminate", "workflow_id": "order-42"}),
        json!({"op": "describe", "workflow_id": "order-42"}),
        json!({"op": "list", "status": "running", "page_size": 10}),
        json!({"op": "result", "workflow_id": "order-42", "wait": 5}),
        json!({"op": "auth", "token": "ft_a_b"}),
        json!({"op": "ping"}),
    ]
}

#[test]
fn operations_match_the_requests() {
    let document = asyncapi();
    let operations = document["operations"].as_object().expect("operations");
    let received: Vec<_> = operations
        .iter()
        .filter(|(_, operation)| operation["action"] == "receive")
        .map(|(name, _)| name.as_str())
        .collect();
    let mut names = Operation::NAMES.to_vec();
    names.sort_unstable();
    assert_eq!(received, names);
}

#[test]
fn requests_match_their_schemas() {
    let mut messages = Messages::new();
    let requests = requests();
    assert_eq!(requests.len(), Operation::NAMES.len());
    for (mut request, name) in requests.into_iter().zip(Operation::NAMES) {
        request["id"] = json!(1);
        let parsed = parse_request(&request.to_string()).expect("a valid request");
        assert_eq!(parsed.operation.name(), *name);
        assert!(messages.accepts(name, &request), "{request}");
        request["id"] = json!(-1);
        assert!(!messages.accepts(name, &request), "{request}");
    }
}

#[test]
fn sent_messages_match_their_schemas() {
    let mut messages = Messages::new();
    for (name, message) in [
        (
            "start_response",
            json!({"id": 1, "ok": true, "result":
            {"workflow_id": "w", "run_id": "r", "existing": false}}),
        ),
        (
            "ping_response",
            json!({"id": "a", "ok": true, "result": {"time": "2026-11-23T00:00:00Z"}}),
        ),
        (
            "error_response",
            json!({"id": null, "ok": false, "error":
            {"code": "invalid_json", "message": "not JSON", "retryable": false}}),
        ),
        (
            "live",
            json!({"live": {"workflow_id": "w", "cursor": null}}),
        ),
        ("heartbeat", json!({"heartbeat": {"cursors": {}}})),
        (
            "subscription_failed",
            json!({"subscription_failed": {"workflow_id": "w", "error":
            {"code": "forbidden", "message": "no", "retryable": false}}}),
        ),
    ] {
        assert!(messages.accepts(name, &message), "{name}: {message}");
    }
}

#[test]
fn every_message_schema_compiles() {
    let mut messages = Messages::new();
    let all = messages.document["components"]["messages"].take();
    for name in all.as_object().expect("messages").keys() {
        messages.compile(name);
    }
}

#[test]
fn every_reference_resolves() {
    fn check(document: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    let found = document.pointer(target.trim_start_matches('#'));
                    assert!(found.is_some(), "{target} does not exist");
                }
                fields.values().for_each(|value| check(document, value));
            }
            Value::Array(items) => items.iter().for_each(|value| check(document, value)),
            _ => {}
        }
    }
    let document = asyncapi();
    check(&document, &document);
}

//! The AsyncAPI document: its operations, and messages against its schemas.

use fast_temporal_protocol::v1::{Operation, asyncapi, parse_request};
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// Compiles the schema of a message.
fn schema(document: &Value, name: &str) -> Validator {
    let schema = json!({
        "allOf": [{"$ref": format!("#/components/messages/{name}/payload")}],
        "components": document["components"],
    });
    let options = jsonschema::options().with_draft(Draft::Draft7);
    let compiled = options.build(&schema);
    compiled.unwrap_or_else(|error| panic!("{name}: {error}"))
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
    let document = asyncapi();
    let requests = requests();
    assert_eq!(requests.len(), Operation::NAMES.len());
    for (mut request, name) in requests.into_iter().zip(Operation::NAMES) {
        request["id"] = json!(1);
        let parsed = parse_request(&request.to_string()).expect("a valid request");
        assert_eq!(parsed.operation.name(), *name);
        let schema = schema(&document, name);
        assert!(schema.is_valid(&request), "{request}");
        request["id"] = json!(-1);
        assert!(!schema.is_valid(&request), "{request}");
    }
}

#[test]
fn sent_messages_match_their_schemas() {
    let document = asyncapi();
    let error = json!({"code": "forbidden", "message": "no", "retryable": false});
    let started = json!({"workflow_id": "w", "run_id": "r", "existing": false});
    let pong = json!({"time": "2026-11-23T00:00:00Z"});
    let failed = json!({"workflow_id": "w", "error": error});
    for (name, message) in [
        (
            "start_response",
            json!({"id": 1, "ok": true, "result": started}),
        ),
        (
            "ping_response",
            json!({"id": "a", "ok": true, "result": pong}),
        ),
        (
            "error_response",
            json!({"id": null, "ok": false, "error": error}),
        ),
        (
            "live",
            json!({"live": {"workflow_id": "w", "cursor": null}}),
        ),
        ("heartbeat", json!({"heartbeat": {"cursors": {}}})),
        (
            "subscription_failed",
            json!({"subscription_failed": failed}),
        ),
    ] {
        let schema = schema(&document, name);
        assert!(schema.is_valid(&message), "{name}: {message}");
    }
}

#[test]
fn every_message_schema_compiles() {
    let document = asyncapi();
    let messages = document["components"]["messages"].as_object();
    for name in messages.expect("messages").keys() {
        schema(&document, name);
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

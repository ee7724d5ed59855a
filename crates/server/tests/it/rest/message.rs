//! Signals, queries and updates.

use fast_temporal_protocol::{Failure, Json, v1::UpdateStage};
use fast_temporal_testkit::fake::Call;
use serde_json::json;

use crate::support::{Gateway, Timer, count_events, path_of, payload};

// Covers HTTP-9, OP-16.
#[tokio::test]
async fn signal_reaches_its_workflow_with_its_arguments() {
    let gateway = Gateway::with_users(&[]).await;
    let id = gateway.user("anna").start_plain().await;
    let body = json!({"args": [{"b": 1}, null, 2.50]});
    let path = path_of(&id, "/signals/go%20on%2F%C3%A9");
    let reply = gateway.user("anna").post(&path, body).await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
    let sent = gateway.engine.sent().signals;
    assert_eq!(sent[0].name, "go on/é");
    assert_eq!(*sent[0].workflow_id, *id);
    assert_eq!(sent[0].run_id, None);
    let args: Vec<_> = sent[0].args.iter().map(Json::get).collect();
    assert_eq!(args, [r#"{"b":1}"#, "null", "2.5"]);
}

// Covers HTTP-9, OP-21.
#[tokio::test]
async fn messages_can_name_a_run() {
    let gateway = Gateway::with_users(&[]).await;
    let id = gateway.user("anna").start_plain().await;
    let first = gateway.engine.find(&id);
    let second = first.continue_as_new();
    let anna = gateway.user("anna");
    let to = |run: &str| path_of(&id, &format!("/signals/go?run_id={run}"));
    for run in [&**second.run_id(), ""] {
        assert_eq!(anna.post(&to(run), json!({})).await.status, 200);
    }
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (run, error) in [
        (&**first.run_id(), (409, "workflow_closed")),
        (unknown, (404, "not_found")),
        ("malformed", (400, "invalid_request")),
        (&"x".repeat(1001), (400, "invalid_field")),
    ] {
        assert_eq!(anna.post(&to(run), json!({})).await.error(), error, "{run}");
    }
}

// Covers HTTP-14, OP-17.
#[tokio::test]
async fn repeated_signal_arrives_once() {
    let gateway = Gateway::with_users(&[]).await;
    let id = gateway.user("anna").start_plain().await;
    let anna = gateway.user("anna");
    let path = path_of(&id, "/signals/go");
    let request = json!({"request_id": "s-1"});
    let with_key = anna.with("idempotency-key", "s-1");
    for _ in 0..2 {
        anna.post(&path, request.clone()).await;
        with_key.post(&path, json!({})).await;
    }
    // Another client's request with the same id is a different request.
    gateway.user("backend").post(&path, request).await;
    let workflow = gateway.engine.find(&id);
    assert_eq!(count_events(&workflow, "signal.received"), 2);
}

// Covers OP-21.
#[tokio::test]
async fn closed_workflow_receives_nothing() {
    let gateway = Gateway::with_users(&[]).await;
    let id = gateway.user("anna").start_plain().await;
    gateway.engine.find(&id).complete(Json::null());
    let anna = gateway.user("anna");
    for path in ["/signals/go", "/updates/go", "/cancel", "/terminate"] {
        let reply = anna.post(&path_of(&id, path), json!({})).await;
        assert_eq!(reply.error(), (409, "workflow_closed"), "{path}");
    }
}

// Covers OP-15.
#[tokio::test]
async fn messages_that_violate_the_schema_never_reach_the_workflow() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let order = json!({"workflow": "order", "args": [{"amount": 1}]});
    let id = anna.start(order).await;
    for path in ["/signals/change", "/updates/change"] {
        let invalid = json!({"args": [{"amount": "many"}]});
        let reply = anna.post(&path_of(&id, path), invalid).await;
        assert_eq!(reply.error(), (422, "schema_mismatch"), "{path}");
        assert_eq!(reply["error"]["details"]["pointer"], "/0/amount");
    }
    let engine = &gateway.engine;
    assert_eq!((engine.stats().signals, engine.stats().updates), (0, 0));
    let valid = json!({"args": [{"amount": 2}]});
    let reply = anna.post(&path_of(&id, "/signals/change"), valid).await;
    assert_eq!(reply.status, 200);
    // A schema applies to its own workflow type only.
    let path = path_of(&anna.start_plain().await, "/signals/change");
    assert_eq!(anna.post(&path, json!({"args": []})).await.status, 200);
    // Without a schema for the name, the gateway does not describe the workflow.
    let before = engine.stats().describes;
    let path = path_of(&id, "/signals/other");
    anna.post(&path, json!({"args": []})).await;
    assert_eq!(engine.stats().describes, before);
}

// Covers OP-3, OP-30.
#[tokio::test]
async fn reserved_names_are_forbidden() {
    let gateway = Gateway::with_users(&[]).await;
    let engine = &gateway.engine;
    engine.answer("__temporal_workflow_metadata", Json::null());
    engine.answer("__stack_trace", Json::null());
    let id = gateway.user("anna").start_plain().await;
    let (anna, with_payloads) = (gateway.user("anna"), gateway.user("anna-with-payloads"));
    for path in [
        "/signals/__temporal_workflow_stream_publish",
        "/updates/__temporal_workflow_stream_poll",
        "/queries/__temporal_workflow_stream_poll",
    ] {
        let reply = with_payloads.post(&path_of(&id, path), json!({})).await;
        assert_eq!(reply.error(), (403, "forbidden"), "{path}");
    }
    for message in ["signal", "update"] {
        let mut start = json!({"workflow": "plain"});
        start[message] = json!({"name": "__temporal_any"});
        let reply = anna.post("/v1/workflows", start).await;
        assert_eq!(reply.error(), (403, "forbidden"), "{message}");
    }
    let metadata = path_of(&id, "/queries/__temporal_workflow_metadata");
    assert_eq!(anna.post(&metadata, json!({})).await.status, 200);
    let trace = path_of(&id, "/queries/__stack_trace");
    let reply = anna.post(&trace, json!({})).await;
    assert_eq!(reply.error(), (403, "forbidden"));
    assert_eq!(with_payloads.post(&trace, json!({})).await.status, 200);
}

// Covers OP-38.
#[tokio::test]
async fn query_results_are_visible_without_payload_permission() {
    let gateway = Gateway::with_users(&[]).await;
    let answer = Json::from_text(r#"{"b": 1, "a": [12345678901234567890]}"#.to_owned());
    gateway.engine.answer("state", answer.unwrap());
    let id = gateway.user("anna").start_plain().await;
    let path = path_of(&id, "/queries/state");
    let reply = gateway.user("anna").post(&path, json!({"args": [1]})).await;
    assert_eq!(reply.status, 200);
    let expected = json!({"b": 1, "a": [12_345_678_901_234_567_890_u64]});
    assert_eq!(reply["result"], expected);
    let sent = gateway.engine.sent().queries;
    assert_eq!(sent[0].args[0].get(), "1");
}

// Covers OP-36.
#[tokio::test]
async fn failed_query_returns_its_reason() {
    let gateway = Gateway::with_users(&[]).await;
    let id = gateway.user("anna").start_plain().await;
    let path = path_of(&id, "/queries/unknown");
    let reply = gateway.user("anna").post(&path, json!({})).await;
    assert_eq!(reply.error(), (422, "query_failed"));
    assert!(reply.message().contains("unknown"), "{reply:?}");
}

// Covers OP-4.
#[tokio::test(start_paused = true)]
async fn each_request_has_its_own_timeout() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let id = anna.start_plain().await;
    for (call, method, path, seconds) in [
        (Call::Signal, "POST", path_of(&id, "/signals/go"), 5),
        (Call::Query, "POST", path_of(&id, "/queries/go"), 10),
        (Call::Update, "POST", path_of(&id, "/updates/go"), 30),
        (Call::Cancel, "POST", path_of(&id, "/cancel"), 5),
        (Call::Terminate, "POST", path_of(&id, "/terminate"), 5),
        (Call::Describe, "POST", path_of(&id, "/signals/change"), 5),
        (Call::Start, "POST", "/v1/workflows".to_owned(), 10),
        (Call::Details, "GET", path_of(&id, ""), 5),
        (Call::List, "GET", "/v1/workflows".to_owned(), 10),
    ] {
        gateway.engine.hang(call);
        let timer = Timer::start();
        let reply = match method {
            "GET" => anna.get(&path).await,
            _ => anna.post(&path, json!({"workflow": "plain"})).await,
        };
        assert_eq!(reply.error(), (504, "timeout"), "{path}");
        assert_eq!(reply["error"]["retryable"], true);
        assert_eq!(timer.seconds(), seconds, "{path}");
        gateway.engine.release(call);
    }
}

// Covers HTTP-14, OP-18, OP-19.
#[tokio::test]
async fn update_returns_its_outcome() {
    let gateway = Gateway::with_users(&[]).await;
    let engine = &gateway.engine;
    engine.answer_update("reserve", Ok(payload(json!({"seat": 4}))));
    let id = gateway.user("anna").start_plain().await;
    let anna = gateway.user("anna");
    let path = path_of(&id, "/updates/reserve");
    let update = json!({"update_id": "u-1", "args": [4]});
    let first = anna.post(&path, update).await;
    assert_eq!(first.status, 200);
    assert_eq!(first["update_id"], "u-1");
    assert_eq!(first["stage"], "completed");
    assert_eq!(first["result"], json!({"seat": 4}));
    assert_eq!(first["run_id"], **engine.find(&id).run_id());
    let with_key = anna.with("idempotency-key", "u-1");
    assert_eq!(with_key.post(&path, json!({})).await.body, first.body);
    let without_key = anna.post(&path, json!({})).await;
    assert_ne!(without_key["update_id"], first["update_id"]);
    assert_eq!(count_events(&engine.find(&id), "update.accepted"), 2);
}

// Covers OP-19.
#[tokio::test]
async fn update_can_return_when_accepted() {
    let gateway = Gateway::with_users(&[]).await;
    let engine = &gateway.engine;
    engine.accept_update("reserve");
    let id = gateway.user("anna").start_plain().await;
    let body = json!({"update_id": "u-1", "wait_for": "accepted"});
    let path = path_of(&id, "/updates/reserve");
    let reply = gateway.user("anna").post(&path, body).await;
    assert_eq!((reply.status, &reply["stage"]), (200, &json!("accepted")));
    assert_eq!(reply.body.get("result"), None);
    let sent = &engine.sent().updates[0].update;
    assert_eq!(sent.wait_for, UpdateStage::Accepted);
    assert_eq!(sent.timeout.as_secs(), 30);
}

// Covers OP-20, OP-37.
#[tokio::test]
async fn rejected_update_returns_its_reason_and_hides_payloads() {
    let gateway = Gateway::with_users(&[]).await;
    let failure = Failure {
        message: "no seats left".to_owned(),
        kind: "application".to_owned(),
        error_type: Some("SoldOut".to_owned()),
        details: vec![payload("seat 4 of row 7")],
        ..Failure::default()
    };
    gateway.engine.reject_update("reserve", failure);
    let id = gateway.user("anna").start_plain().await;
    let path = path_of(&id, "/updates/reserve");
    for (name, details) in [
        ("anna", json!([{"hidden": true}])),
        ("anna-with-payloads", json!(["seat 4 of row 7"])),
    ] {
        let reply = gateway.user(name).post(&path, json!({})).await;
        assert_eq!(reply.error(), (422, "update_failed"));
        assert_eq!(reply.message(), "no seats left");
        let failure = &reply["error"]["details"]["failure"];
        assert_eq!(failure["message"], "no seats left");
        assert_eq!(failure["type"], "SoldOut");
        assert_eq!(failure["details"], details);
    }
}

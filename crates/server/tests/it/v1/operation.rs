//! Operations: requests and their responses.

use std::{collections::BTreeSet, time::Duration};

use fast_temporal_core::{EngineErrorKind, owner};
use fast_temporal_protocol::{Json, v1::Operation};
use fast_temporal_testkit::fake::Call;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;
use tracing::Level;

use crate::support::{CapturedLog, Gateway, Timer, V1Client, code, payload};

fn of(workflow_id: &str) -> Value {
    json!({"workflow_id": workflow_id})
}

/// A client that records the operations that succeeded.
struct Recorder {
    client: V1Client,
    succeeded: BTreeSet<&'static str>,
}

impl Recorder {
    async fn call(&mut self, op: &'static str, fields: Value) -> Value {
        self.succeeded.insert(op);
        self.client.call(op, fields).await
    }
}

// Covers WS-4.
#[tokio::test(start_paused = true)]
async fn every_operation_has_its_effect() {
    let gateway = Gateway::start().await;
    let engine = &gateway.engine;
    let mut recorder = Recorder {
        client: gateway.v1().await,
        succeeded: BTreeSet::new(),
    };

    let start = json!({"workflow_type": "Order", "task_queue": "orders", "workflow_id": "o-1", "args": [1]});
    let started = recorder.call("start", start).await;
    assert_eq!(started["workflow_id"], "o-1");
    assert_eq!(started["existing"], false);
    assert_eq!(engine.sent().starts[0].workflow_type, "Order");
    let workflow = engine.find("o-1");

    assert_eq!(recorder.call("subscribe", of("o-1")).await, json!({}));
    assert_eq!(recorder.client.event().await["type"], "workflow.started");

    let signal = json!({"workflow_id": "o-1", "name": "pay", "args": [{"n": 1}]});
    assert_eq!(recorder.call("signal", signal).await, json!({}));
    let event = recorder.client.event().await;
    assert_eq!(event["type"], "signal.received");
    assert_eq!(event["data"]["name"], "pay");

    engine.answer("state", payload("open"));
    let query = json!({"workflow_id": "o-1", "name": "state"});
    let answer = recorder.call("query", query).await;
    assert_eq!(answer, json!({"result": "open"}));

    engine.answer_update("add", Ok(payload("added")));
    let update = json!({"workflow_id": "o-1", "name": "add", "update_id": "u1"});
    let updated = recorder.call("update", update).await;
    assert_eq!(updated["stage"], "completed");
    assert_eq!(updated["result"], "added");

    let details = recorder.call("describe", of("o-1")).await;
    assert_eq!(details["status"], "running");
    assert_eq!(details["workflow_type"], "Order");

    let list = recorder
        .call("list", json!({"workflow_type": "Order"}))
        .await;
    assert_eq!(list["workflows"][0]["workflow_id"], "o-1");

    assert_eq!(recorder.call("unsubscribe", of("o-1")).await, json!({}));

    let cancel = json!({"workflow_id": "o-1", "reason": "enough"});
    assert_eq!(recorder.call("cancel", cancel).await, json!({}));
    assert!(workflow.cancel_requested());

    assert_eq!(recorder.call("terminate", of("o-1")).await, json!({}));
    assert_eq!(engine.sent().terminates.len(), 1);

    let outcome = recorder.call("result", of("o-1")).await;
    assert_eq!(outcome["status"], "terminated");

    // Without authentication, any credentials are accepted.
    let auth = json!({"token": "any"});
    assert_eq!(recorder.call("auth", auth).await, json!({}));
    assert!(recorder.call("ping", json!({})).await["time"].is_string());
    let all = Operation::NAMES.iter().copied().collect();
    assert_eq!(recorder.succeeded, all);
}

// Covers WS-4.
#[tokio::test(start_paused = true)]
async fn responses_arrive_by_id_as_they_complete() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Signal);
    let mut client = gateway.v1().await;
    let signal = json!({"id": "the first", "op": "signal", "workflow_id": "w1", "name": "s"});
    client.socket.send(signal.to_string()).await;
    let describe = json!({"id": u64::MAX, "op": "describe", "workflow_id": "w1"});
    client.socket.send(describe.to_string()).await;
    let first = client.frame().await;
    assert_eq!(
        (&first["id"], &first["ok"]),
        (&json!(u64::MAX), &json!(true))
    );
    gateway.engine.release(Call::Signal);
    let second = client.frame().await;
    assert_eq!(second, json!({"id": "the first", "ok": true, "result": {}}));
}

// Covers WS-4, WS-5.
#[tokio::test(start_paused = true)]
async fn invalid_requests_are_answered_with_a_code_and_the_connection_stays_open() {
    let gateway = Gateway::start().await;
    let mut client = gateway.v1().await;
    let long = format!(r#"{{"id":"{}","op":"ping"}}"#, "x".repeat(129));
    for (message, id, expected) in [
        ("{", json!(null), "invalid_json"),
        ("", json!(null), "invalid_json"),
        ("[1]", json!(null), "expected_object"),
        ("{}", json!(null), "missing_field"),
        (r#"{"op":"ping"}"#, json!(null), "missing_field"),
        (r#"{"id":null,"op":"ping"}"#, json!(null), "missing_field"),
        (r#"{"id":-1,"op":"ping"}"#, json!(null), "invalid_field"),
        (r#"{"id":1.5,"op":"ping"}"#, json!(null), "invalid_field"),
        (r#"{"id":[1],"op":"ping"}"#, json!(null), "invalid_field"),
        (r#"{"id":true,"op":"ping"}"#, json!(null), "invalid_field"),
        (&long, json!(null), "invalid_field"),
        (r#"{"id":7}"#, json!(7), "missing_field"),
        (r#"{"id":7,"op":1}"#, json!(7), "invalid_field"),
        (r#"{"id":7,"op":"fly"}"#, json!(7), "unknown_operation"),
        (r#"{"id":"","op":"Ping"}"#, json!(""), "unknown_operation"),
        (r#"{"id":"a","op":"signal"}"#, json!("a"), "missing_field"),
        (r#"{"id":8,"op":"auth"}"#, json!(8), "missing_field"),
        (
            r#"{"id":8,"op":"auth","token":1}"#,
            json!(8),
            "invalid_field",
        ),
    ] {
        client.socket.send(message).await;
        let response = client.frame().await;
        assert_eq!(response.get("id"), Some(&id), "{message}");
        assert_eq!(code(&response), expected, "{message}");
    }
    client.socket.send(Message::binary(b"{}".to_vec())).await;
    let response = client.frame().await;
    assert_eq!(response.get("id"), Some(&Value::Null));
    assert_eq!(code(&response), "binary_not_supported");
    client.call("ping", json!({"unknown": 1})).await;
}

// Covers WS-7.
#[tokio::test(start_paused = true)]
async fn requests_beyond_the_limits_in_flight_are_read_later() {
    // Two at a time by number or by bytes, each with a timeout of 10 s.
    for (max_requests, max_bytes, argument, count) in [(2, 1_000_000, 1, 6), (32, 10_000, 6000, 4)]
    {
        let gateway = Gateway::start_with(|setup| {
            setup.config.v1.max_requests_in_flight = max_requests;
            setup.config.requests.max_message_bytes = max_bytes;
        });
        let gateway = gateway.await;
        gateway.engine.workflow("w1");
        gateway.engine.hang(Call::Query);
        let mut client = gateway.v1().await;
        let timer = Timer::start();
        let query = json!({"workflow_id": "w1", "name": "q", "args": ["x".repeat(argument)]});
        for _ in 0..count {
            client.send_request("query", query.clone()).await;
        }
        for _ in 0..count {
            assert_eq!(code(&client.frame().await), "timeout");
        }
        assert_eq!(timer.seconds(), count / 2 * 10, "{max_requests}");
    }
}

// Covers WS-8.
#[tokio::test(start_paused = true)]
async fn waiting_for_results_leaves_room_for_other_requests() {
    let gateway = Gateway::start_with(|setup| setup.config.v1.max_requests_in_flight = 4).await;
    gateway.engine.workflow("w1");
    let mut client = gateway.v1().await;
    let wait = json!({"workflow_id": "w1", "wait": 60});
    for _ in 0..3 {
        client.send_request("result", wait.clone()).await;
    }
    let timer = Timer::start();
    client
        .expect_error("result", wait.clone(), "too_many_requests")
        .await;
    client.call("ping", json!({})).await;
    client.call("describe", of("w1")).await;
    assert_eq!(timer.seconds(), 0);
    // Once they are answered, there is room again.
    for _ in 0..3 {
        assert_eq!(code(&client.frame().await), "workflow_not_closed");
    }
    client
        .expect_error("result", wait, "workflow_not_closed")
        .await;
}

#[tokio::test]
async fn log_lines_name_the_failed_request_and_its_user() {
    let (log, guard) = CapturedLog::start(Level::INFO);
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    gateway
        .engine
        .fail(Call::Query, 1, EngineErrorKind::Internal);
    let mut client = gateway.v1().await;
    let query = json!({"workflow_id": "w1", "name": "q", "args": ["a secret"]});
    client.expect_error("query", query, "internal").await;
    drop(guard);
    let text = log.text();
    let mut lines = text.lines();
    let line = lines.find(|line| line.contains("request to Temporal failed"));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    for field in ["connection=", "op=\"query\"", "workflow_id=\"w1\""] {
        assert!(line.contains(field), "{field}: {line}");
    }
    assert!(!text.contains("a secret"), "{text}");
}

// Covers WS-9.
#[tokio::test(start_paused = true)]
async fn disconnecting_does_not_cancel_a_request_that_changes_something() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Signal);
    let mut client = gateway.v1().await;
    let signal = json!({"workflow_id": "w1", "name": "s"});
    client.send_request("signal", signal).await;
    client.expect_served().await;
    drop(client);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(workflow.events().len(), 1);

    gateway.engine.release(Call::Signal);
    let mut client = gateway.v1().await;
    client.subscribe("w1").await;
    assert_eq!(client.events(2).await[1]["type"], "signal.received");
}

// Covers WS-9.
#[tokio::test(start_paused = true)]
async fn workflow_outlives_the_connection_that_started_it() {
    let gateway = Gateway::start().await;
    let start = json!({"workflow_type": "Order", "task_queue": "orders", "owner": "ada", "request_id": "r1"});
    let first = gateway.v1().await.call("start", start.clone()).await;
    let other = gateway.another_node().await;
    let mut client = other.v1().await;
    let again = client.call("start", start).await;
    assert_eq!(again["workflow_id"], first["workflow_id"]);
    assert_eq!(again["run_id"], first["run_id"]);
    assert_eq!(again["existing"], true);
    let id = first["workflow_id"].as_str().unwrap();
    assert!(owner::owns("ada", id));
    client.subscribe(id).await;
    gateway.engine.find(id).complete(Json::null());
    assert_eq!(client.events(2).await[1]["end"], true);
}

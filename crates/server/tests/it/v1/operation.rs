//! Operations: requests and their responses.

use std::{collections::BTreeSet, time::Duration};

use fast_temporal_core::{EngineErrorKind, owner};
use fast_temporal_protocol::{Json, v1::Operation};
use fast_temporal_testkit::fake::Call;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tracing::Level;

use crate::support::{Gateway, Log, V1, config, v1::code};

fn of(workflow_id: &str) -> Value {
    json!({"workflow_id": workflow_id})
}

fn text(value: &str) -> Json {
    Json::from_value(&value).unwrap()
}

// Covers WS-4.
#[tokio::test(start_paused = true)]
async fn every_operation_has_its_effect() {
    let gateway = Gateway::start().await;
    let engine = &gateway.engine;
    let mut client = V1::connect(&gateway).await;
    let mut done = BTreeSet::new();
    let mut did = |op: &'static str| assert!(done.insert(op), "{op}");

    let start = json!({"workflow_type": "Order", "task_queue": "orders", "workflow_id": "o-1", "args": [1]});
    let started = client.call("start", start).await;
    did("start");
    assert_eq!(started["workflow_id"], "o-1");
    assert_eq!(started["existing"], false);
    assert_eq!(engine.sent().starts[0].workflow_type, "Order");
    let workflow = engine.find("o-1");

    assert_eq!(client.call("subscribe", of("o-1")).await, json!({}));
    did("subscribe");
    assert_eq!(client.events(1).await[0]["type"], "workflow.started");

    let signal = json!({"workflow_id": "o-1", "name": "pay", "args": [{"n": 1}]});
    assert_eq!(client.call("signal", signal).await, json!({}));
    did("signal");
    let event = client.events(1).await.remove(0);
    assert_eq!(
        (&event["type"], &event["data"]["name"]),
        (&json!("signal.received"), &json!("pay"))
    );

    engine.answer("state", text("open"));
    let query = json!({"workflow_id": "o-1", "name": "state"});
    assert_eq!(client.call("query", query).await, json!({"result": "open"}));
    did("query");

    engine.answer_update("add", Ok(text("added")));
    let update = json!({"workflow_id": "o-1", "name": "add", "update_id": "u1"});
    let updated = client.call("update", update).await;
    did("update");
    assert_eq!(
        (&updated["stage"], &updated["result"]),
        (&json!("completed"), &json!("added"))
    );

    let details = client.call("describe", of("o-1")).await;
    did("describe");
    assert_eq!(
        (&details["status"], &details["workflow_type"]),
        (&json!("running"), &json!("Order"))
    );

    let list = client.call("list", json!({"workflow_type": "Order"})).await;
    did("list");
    assert_eq!(list["workflows"][0]["workflow_id"], "o-1");

    assert_eq!(client.call("unsubscribe", of("o-1")).await, json!({}));
    did("unsubscribe");

    assert_eq!(
        client
            .call("cancel", json!({"workflow_id": "o-1", "reason": "enough"}))
            .await,
        json!({})
    );
    did("cancel");
    assert!(workflow.cancel_requested());

    assert_eq!(client.call("terminate", of("o-1")).await, json!({}));
    did("terminate");
    assert_eq!(engine.sent().terminates.len(), 1);

    let outcome = client.call("result", of("o-1")).await;
    did("result");
    assert_eq!(outcome["status"], "terminated");

    // Without authentication, any credentials are accepted.
    assert_eq!(
        client.call("auth", json!({"token": "any"})).await,
        json!({})
    );
    did("auth");
    let pong = client.call("ping", json!({})).await;
    did("ping");
    assert!(pong["time"].is_string());
    assert_eq!(done, Operation::NAMES.iter().copied().collect());
}

// Covers WS-4.
#[tokio::test(start_paused = true)]
async fn responses_arrive_by_id_as_they_complete() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Signal);
    let mut client = V1::connect(&gateway).await;
    let signal = json!({"id": "the first", "op": "signal", "workflow_id": "w1", "name": "s"});
    client.client.send(signal.to_string()).await;
    let describe = json!({"id": u64::MAX, "op": "describe", "workflow_id": "w1"});
    client.client.send(describe.to_string()).await;
    let first = client.frame().await;
    assert_eq!(
        (&first["id"], &first["ok"]),
        (&json!(u64::MAX), &json!(true))
    );
    gateway.engine.unhang(Call::Signal);
    let second = client.frame().await;
    assert_eq!(second, json!({"id": "the first", "ok": true, "result": {}}));
}

// Covers WS-4, WS-5.
#[tokio::test(start_paused = true)]
async fn invalid_requests_are_answered_with_a_code_and_the_connection_stays_open() {
    let gateway = Gateway::start().await;
    let mut client = V1::connect(&gateway).await;
    let long = "x".repeat(129);
    for (message, re, wanted) in [
        ("{".to_owned(), json!(null), "invalid_json"),
        (String::new(), json!(null), "invalid_json"),
        ("[1]".to_owned(), json!(null), "expected_object"),
        ("{}".to_owned(), json!(null), "missing_field"),
        (
            json!({"op": "ping"}).to_string(),
            json!(null),
            "missing_field",
        ),
        (
            json!({"id": null, "op": "ping"}).to_string(),
            json!(null),
            "missing_field",
        ),
        (
            json!({"id": -1, "op": "ping"}).to_string(),
            json!(null),
            "invalid_field",
        ),
        (
            json!({"id": 1.5, "op": "ping"}).to_string(),
            json!(null),
            "invalid_field",
        ),
        (
            json!({"id": [1], "op": "ping"}).to_string(),
            json!(null),
            "invalid_field",
        ),
        (
            json!({"id": true, "op": "ping"}).to_string(),
            json!(null),
            "invalid_field",
        ),
        (
            json!({"id": long, "op": "ping"}).to_string(),
            json!(null),
            "invalid_field",
        ),
        (json!({"id": 7}).to_string(), json!(7), "missing_field"),
        (
            json!({"id": 7, "op": 1}).to_string(),
            json!(7),
            "invalid_field",
        ),
        (
            json!({"id": 7, "op": "fly"}).to_string(),
            json!(7),
            "unknown_operation",
        ),
        (
            json!({"id": "", "op": "Ping"}).to_string(),
            json!(""),
            "unknown_operation",
        ),
        (
            json!({"id": "a", "op": "signal"}).to_string(),
            json!("a"),
            "missing_field",
        ),
        (
            json!({"id": 8, "op": "auth"}).to_string(),
            json!(8),
            "missing_field",
        ),
        (
            json!({"id": 8, "op": "auth", "token": 1}).to_string(),
            json!(8),
            "invalid_field",
        ),
    ] {
        client.client.send(message.clone()).await;
        let answer = client.frame().await;
        assert_eq!(answer.get("id"), Some(&re), "{message}");
        assert_eq!(code(&answer), wanted, "{message}");
    }
    client.client.send(Message::binary(b"{}".to_vec())).await;
    let answer = client.frame().await;
    assert_eq!(
        (answer.get("id"), code(&answer)),
        (Some(&Value::Null), "binary_not_supported".to_owned())
    );
    client.call("ping", json!({"unknown": 1})).await;
}

// Covers WS-31.
#[tokio::test(start_paused = true)]
async fn oversized_request_receives_too_large_and_the_connection_closes() {
    let mut config = config();
    config.requests.max_message_bytes = 1000;
    let gateway = Gateway::start_with(config).await;
    for size in [1001, 100_000] {
        let mut client = V1::connect(&gateway).await;
        client.client.send("x".repeat(size)).await;
        let answer = client.frame().await;
        assert_eq!(
            (answer.get("id"), code(&answer)),
            (Some(&Value::Null), "too_large".to_owned())
        );
        assert_eq!(client.client.closed().await, 1009);
    }
}

// Covers WS-7.
#[tokio::test(start_paused = true)]
async fn requests_beyond_the_limit_in_flight_are_read_later() {
    let mut config = config();
    config.v1.max_requests_in_flight = 2;
    let gateway = Gateway::start_with(config).await;
    gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Query);
    let mut client = V1::connect(&gateway).await;
    let began = Instant::now();
    for _ in 0..6 {
        client
            .send_request("query", json!({"workflow_id": "w1", "name": "q"}))
            .await;
    }
    for _ in 0..6 {
        assert_eq!(code(&client.frame().await), "timeout");
    }
    // Two at a time, each with a timeout of 10 s.
    assert_eq!(began.elapsed().as_secs(), 30);
}

// Covers WS-8.
#[tokio::test(start_paused = true)]
async fn waiting_for_results_leaves_room_for_other_requests() {
    let mut config = config();
    config.v1.max_requests_in_flight = 4;
    let gateway = Gateway::start_with(config).await;
    gateway.engine.workflow("w1");
    let mut client = V1::connect(&gateway).await;
    let wait = json!({"workflow_id": "w1", "wait": 60});
    for _ in 0..3 {
        client.send_request("result", wait.clone()).await;
    }
    let began = Instant::now();
    assert_eq!(
        client.call_error("result", wait.clone()).await,
        "too_many_requests"
    );
    client.call("ping", json!({})).await;
    client.call("describe", json!({"workflow_id": "w1"})).await;
    assert_eq!(began.elapsed().as_secs(), 0);
    // Once they are answered, there is room again.
    for _ in 0..3 {
        assert_eq!(code(&client.frame().await), "workflow_not_closed");
    }
    assert_eq!(
        client.call_error("result", wait).await,
        "workflow_not_closed"
    );
}

#[tokio::test]
async fn log_lines_name_the_failed_request_and_its_user() {
    let log = Log::default();
    let workflow_task_started = log.take(Level::INFO);
    let gateway = Gateway::start_with(config()).await;
    gateway.engine.workflow("w1");
    gateway
        .engine
        .fail(Call::Query, 1, EngineErrorKind::Internal);
    let mut client = V1::connect(&gateway).await;
    let query = json!({"workflow_id": "w1", "name": "q", "args": ["a secret"]});
    assert_eq!(client.call_error("query", query).await, "internal");
    drop(workflow_task_started);
    let text = log.text();
    let line = text
        .lines()
        .find(|line| line.contains("request to Temporal failed"));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    for word in ["connection=", "op=\"query\"", "workflow_id=\"w1\""] {
        assert!(line.contains(word), "{word}: {line}");
    }
    assert!(!text.contains("a secret"), "{text}");
}

// Covers WS-7.
#[tokio::test(start_paused = true)]
async fn requests_in_flight_are_bounded_by_bytes() {
    let mut config = config();
    config.requests.max_message_bytes = 10_000;
    let gateway = Gateway::start_with(config).await;
    gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Query);
    let mut client = V1::connect(&gateway).await;
    let began = Instant::now();
    let long = json!({"workflow_id": "w1", "name": "q", "args": ["x".repeat(6000)]});
    for _ in 0..4 {
        client.send_request("query", long.clone()).await;
    }
    for _ in 0..4 {
        assert_eq!(code(&client.frame().await), "timeout");
    }
    assert_eq!(began.elapsed().as_secs(), 20);
}

// Covers WS-9.
#[tokio::test(start_paused = true)]
async fn disconnecting_does_not_cancel_a_request_that_changes_something() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Signal);
    let mut client = V1::connect(&gateway).await;
    client
        .send_request("signal", json!({"workflow_id": "w1", "name": "s"}))
        .await;
    client.call("ping", json!({})).await;
    drop(client);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(workflow.events().len(), 1);

    gateway.engine.unhang(Call::Signal);
    let mut client = V1::connect(&gateway).await;
    client.call("subscribe", of("w1")).await;
    assert_eq!(client.events(2).await[1]["type"], "signal.received");
}

// Covers WS-9.
#[tokio::test(start_paused = true)]
async fn workflow_outlives_the_connection_that_started_it() {
    let gateway = Gateway::start().await;
    let mut client = V1::connect(&gateway).await;
    let start = json!({"workflow_type": "Order", "task_queue": "orders", "owner": "ada", "request_id": "r1"});
    let first = client.call("start", start.clone()).await;
    drop(client);
    let other = Gateway::start_on(gateway.engine.clone(), config()).await;
    let mut client = V1::connect(&other).await;
    let again = client.call("start", start).await;
    assert_eq!(again["workflow_id"], first["workflow_id"]);
    assert_eq!(again["run_id"], first["run_id"]);
    assert_eq!(again["existing"], true);
    let id = first["workflow_id"].as_str().unwrap();
    assert!(owner::owns("ada", id));
    client.call("subscribe", of(id)).await;
    gateway.engine.find(id).complete(Json::null());
    assert_eq!(client.events(2).await[1]["end"], true);
}

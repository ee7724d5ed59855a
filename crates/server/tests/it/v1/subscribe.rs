//! Subscriptions: their responses, their updates, and how they end.

use std::time::Duration;

use fast_temporal_core::EngineErrorKind;
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::Call;
use serde_json::{Value, json};

use crate::support::{Gateway, last_cursor, to_json};

const QUIET_PERIOD: Duration = Duration::from_mins(2);

fn of(workflow_id: &str) -> Value {
    json!({"workflow_id": workflow_id})
}

// Covers WS-10, WS-32, WS-35.
#[tokio::test(start_paused = true)]
async fn subscription_sends_response_then_replay_then_live_then_new_events_then_end() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("one");
    let mut client = gateway.v1().await;
    let id = client.send_request("subscribe", of("w1")).await;
    let response = json!({"id": id, "ok": true, "result": {}});
    assert_eq!(client.frame().await, response);
    let replayed = client.events(2).await;
    assert_eq!(replayed, to_json(&workflow.events()));
    let live = json!({"workflow_id": "w1", "cursor": replayed[1]["cursor"]});
    assert_eq!(client.frame().await, json!({"live": live}));
    workflow.complete(Json::null());
    let last = client.event().await;
    assert_eq!(last["type"], "workflow.completed");
    assert_eq!(last["end"], true);
    assert_eq!(client.frame().await, json!({"end": of("w1")}));
    client.expect_silence(QUIET_PERIOD).await;
    // The subscription has ended, so the client can subscribe again.
    client
        .expect_error("unsubscribe", of("w1"), "not_subscribed")
        .await;
    let after = json!({"workflow_id": "w1", "after": replayed[1]["cursor"]});
    client.call("subscribe", after).await;
    assert_eq!(client.event().await, last);
}

// Covers WS-11.
#[tokio::test(start_paused = true)]
async fn many_subscriptions_each_receive_events_in_order() {
    let gateway = Gateway::start().await;
    let mut client = gateway.v1().await;
    let mut workflows = Vec::new();
    for number in 0..20 {
        let id = format!("w{number}");
        workflows.push(gateway.engine.workflow(&id));
        client.subscribe(&id).await;
    }
    for workflow in &workflows {
        workflow.signals(10);
    }
    let events = client.events(20 * 11).await;
    for workflow in &workflows {
        let mut own = events.clone();
        own.retain(|event| event["workflow_id"] == **workflow.id());
        assert_eq!(own, to_json(&workflow.events()));
    }
}

// Covers WS-12.
#[tokio::test(start_paused = true)]
async fn no_event_follows_the_response_to_unsubscribe() {
    let gateway = Gateway::start().await;
    let (one, two) = (gateway.engine.workflow("w1"), gateway.engine.workflow("w2"));
    one.signals(5000);
    let mut client = gateway.v1().await;
    client.subscribe("w2").await;
    client.subscribe("w1").await;
    client.call("unsubscribe", of("w1")).await;
    // Frames before the response were kept.
    client.discard_received();
    one.signals(10);
    two.signal("s");
    assert_eq!(client.event().await["workflow_id"], "w2");
    client.expect_silence(QUIET_PERIOD).await;
    client
        .expect_error("unsubscribe", of("w1"), "not_subscribed")
        .await;
    client.subscribe("w1").await;
    assert_eq!(client.event().await["type"], "workflow.started");
}

// Covers WS-33.
#[tokio::test(start_paused = true)]
async fn subscribe_in_flight_can_be_cancelled_and_repeated() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Describe);
    let mut client = gateway.v1().await;
    let first = client.send_request("subscribe", of("w1")).await;
    let second = client.send_request("subscribe", of("w1")).await;
    let unsubscribe = client.send_request("unsubscribe", of("w1")).await;
    let only_signals = json!({"workflow_id": "w1", "types": ["signal.*"]});
    let third = client.send_request("subscribe", only_signals).await;
    let rejected = client.response(second).await;
    assert_eq!(rejected["error"]["code"], "already_subscribed");
    client.expect_silence(Duration::from_secs(5)).await;
    gateway.engine.release(Call::Describe);
    let mut order = Vec::new();
    for _ in 0..3 {
        let response = client.frame().await;
        assert_eq!(response["ok"], true, "{response}");
        order.push(response["id"].as_u64().unwrap());
    }
    let position = |id| order.iter().position(|other| *other == id).unwrap();
    assert!(position(first) < position(unsubscribe), "{order:?}");
    assert!(order.contains(&third));
    workflow.signal("s");
    workflow.schedule("one");
    workflow.signal("s");
    for event in client.events(2).await {
        assert_eq!(event["type"], "signal.received");
    }
}

// Covers WS-13, WS-34.
#[tokio::test(start_paused = true)]
async fn subscriptions_are_unique_per_workflow_and_limited() {
    let gateway = Gateway::start_with(|setup| setup.config.v1.max_subscriptions = 3).await;
    for number in 0..5 {
        gateway.engine.workflow(&format!("w{number}"));
    }
    let mut client = gateway.v1().await;
    for id in ["w0", "w1", "w2"] {
        client.subscribe(id).await;
    }
    client
        .expect_error("subscribe", of("w0"), "already_subscribed")
        .await;
    client
        .expect_error("subscribe", of("w3"), "too_many_subscriptions")
        .await;
    client.call("unsubscribe", of("w1")).await;
    client.subscribe("w3").await;
    client
        .expect_error("subscribe", of("w4"), "too_many_subscriptions")
        .await;
    // A failed one does not count.
    client.call("unsubscribe", of("w3")).await;
    client
        .expect_error("subscribe", of("none"), "not_found")
        .await;
    client.subscribe("w4").await;
    // Another connection has its own limit.
    gateway.v1().await.subscribe("w0").await;
}

// Covers SUB-3, SUB-6, WS-14.
#[tokio::test(start_paused = true)]
async fn invalid_subscriptions_are_rejected_with_a_code() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    gateway.engine.workflow("w2");
    let cursor = last_cursor(&workflow);
    let mut elsewhere = workflow.events()[0].cursor.clone();
    elsewhere.namespace = "elsewhere".into();
    let mut client = gateway.v1().await;
    for (fields, code) in [
        (json!({}), "missing_field"),
        (json!({"workflow_id": ""}), "missing_field"),
        (json!({"workflow_id": null}), "missing_field"),
        (json!({"workflow_id": 1}), "invalid_field"),
        (json!({"workflow_id": "x".repeat(1001)}), "invalid_field"),
        (json!({"workflow_id": "none"}), "not_found"),
        (
            json!({"workflow_id": "w2", "after": cursor}),
            "cursor_mismatch",
        ),
    ] {
        client.expect_error("subscribe", fields, code).await;
    }
    for (field, value, code) in [
        ("after", json!("junk"), "invalid_cursor"),
        ("after", json!(1), "invalid_field"),
        ("after", json!(elsewhere), "cursor_mismatch"),
        ("from", json!("then"), "invalid_field"),
        ("types", json!(["nothing"]), "invalid_field"),
        ("types", json!("status"), "invalid_field"),
        ("topics", json!([1]), "invalid_field"),
        ("progress", json!("yes"), "invalid_field"),
        ("stream_source", json!("other"), "invalid_field"),
        ("stream_offset", json!(-1), "invalid_field"),
    ] {
        let mut fields = of("w1");
        fields[field] = value;
        client.expect_error("subscribe", fields, code).await;
    }
    gateway.engine.make_unavailable();
    client
        .expect_error("subscribe", of("w3"), "temporal_unavailable")
        .await;
    gateway.engine.make_available();
    let from_start = json!({"workflow_id": "w1", "after": ""});
    client.call("subscribe", from_start).await;
    assert_eq!(client.event().await["type"], "workflow.started");
}

// Covers WS-14.
#[tokio::test(start_paused = true)]
async fn subscribe_times_out() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Describe);
    let mut client = gateway.v1().await;
    client.expect_error("subscribe", of("w1"), "timeout").await;
    gateway.engine.release(Call::Describe);
    client.subscribe("w1").await;
}

// Covers WS-18.
#[tokio::test(start_paused = true)]
async fn failed_subscription_ends_and_others_continue() {
    let gateway = Gateway::start().await;
    let (one, two) = (gateway.engine.workflow("w1"), gateway.engine.workflow("w2"));
    let mut client = gateway.v1().await;
    for id in ["w1", "w2"] {
        client.subscribe(id).await;
    }
    client.events(2).await;
    gateway
        .engine
        .fail_reads_of("w1", Some(EngineErrorKind::Denied));
    one.signal("s");
    let failed = client.notice("subscription_failed").await;
    assert_eq!(failed["workflow_id"], "w1");
    assert_eq!(failed["error"]["code"], "temporal_permission_denied");
    two.signal("s");
    assert_eq!(client.event().await["workflow_id"], "w2");
    gateway.engine.fail_reads_of("w1", None);
    client.subscribe("w1").await;
    assert_eq!(client.events(2).await, to_json(&one.events()));
}

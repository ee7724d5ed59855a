//! Subscriptions: their responses, their updates, and how they end.

use std::time::Duration;

use fast_temporal_core::EngineErrorKind;
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::Call;
use serde_json::{Value, json};

use crate::support::{Gateway, V1, config, json};

const QUIET_PERIOD: Duration = Duration::from_mins(2);

fn values(events: &[Event]) -> Vec<Value> {
    events
        .iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect()
}

fn of(workflow_id: &str) -> Value {
    json!({"workflow_id": workflow_id})
}

// Covers WS-10, WS-32, WS-35.
#[tokio::test(start_paused = true)]
async fn subscription_sends_response_then_replay_then_live_then_new_events_then_end() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("one");
    let mut client = V1::connect(&gateway).await;
    let id = client.send_request("subscribe", of("w1")).await;
    let answer = json!({"id": id, "ok": true, "result": {}});
    assert_eq!(client.frame().await, answer);
    let replayed = client.events(2).await;
    assert_eq!(replayed, values(&workflow.events()));
    let live = json!({"workflow_id": "w1", "cursor": replayed[1]["cursor"]});
    assert_eq!(client.frame().await, json!({"live": live}));
    workflow.complete(Json::null());
    let last = client.events(1).await;
    assert_eq!(last[0]["type"], "workflow.completed");
    assert_eq!(last[0]["end"], true);
    assert_eq!(client.frame().await, json!({"end": of("w1")}));
    client.expect_silence(QUIET_PERIOD).await;
    // The subscription has ended, so the client can subscribe again.
    assert_eq!(
        client.call_error("unsubscribe", of("w1")).await,
        "not_subscribed"
    );
    let after = json!({"workflow_id": "w1", "after": replayed[1]["cursor"]});
    client.call("subscribe", after).await;
    assert_eq!(client.events(1).await, last);
}

// Covers SUB-5.
#[tokio::test(start_paused = true)]
async fn another_node_resumes_after_a_cursor_over_a_websocket() {
    let one = Gateway::start().await;
    let workflow = one.engine.workflow("w1");
    workflow.signals(50);
    let mut client = V1::connect(&one).await;
    client.call("subscribe", of("w1")).await;
    let all = client.events(51).await;
    for at in [0, 1, 25, 49] {
        let two = Gateway::start_on(one.engine.clone(), config()).await;
        let mut client = V1::connect(&two).await;
        let after = json!({"workflow_id": "w1", "after": all[at]["cursor"]});
        client.call("subscribe", after).await;
        assert_eq!(client.events(50 - at).await, all[at + 1..]);
        // The same cursor over the other transports.
        let cursor = all[at]["cursor"].as_str().unwrap();
        let uri = format!("/v1/workflows/w1/events?wait=0&after={cursor}");
        let (_, answer) = json(two.get(&uri).await).await;
        assert_eq!(answer["events"], json!(all[at + 1..]));
    }
}

// Covers WS-11.
#[tokio::test(start_paused = true)]
async fn many_subscriptions_each_receive_events_in_order() {
    let gateway = Gateway::start().await;
    let mut client = V1::connect(&gateway).await;
    let mut workflows = Vec::new();
    for number in 0..20 {
        let id = format!("w{number}");
        workflows.push(gateway.engine.workflow(&id));
        client.call("subscribe", of(&id)).await;
    }
    for workflow in &workflows {
        workflow.signals(10);
    }
    let events = client.events(20 * 11).await;
    for workflow in &workflows {
        let own = events
            .iter()
            .filter(|event| event["workflow_id"] == **workflow.id());
        let own: Vec<_> = own.cloned().collect();
        assert_eq!(own, values(&workflow.events()));
    }
}

// Covers WS-12.
#[tokio::test(start_paused = true)]
async fn no_event_follows_the_response_to_unsubscribe() {
    let gateway = Gateway::start().await;
    let (one, two) = (gateway.engine.workflow("w1"), gateway.engine.workflow("w2"));
    one.signals(5000);
    let mut client = V1::connect(&gateway).await;
    client.call("subscribe", of("w2")).await;
    client.call("subscribe", of("w1")).await;
    client.call("unsubscribe", of("w1")).await;
    // Frames before the response were kept.
    client.discard_received();
    one.signals(10);
    two.signal("s");
    assert_eq!(client.events(1).await[0]["workflow_id"], "w2");
    client.expect_silence(QUIET_PERIOD).await;
    assert_eq!(
        client.call_error("unsubscribe", of("w1")).await,
        "not_subscribed"
    );
    client.call("subscribe", of("w1")).await;
    assert_eq!(client.events(1).await[0]["type"], "workflow.started");
}

// Covers WS-33.
#[tokio::test(start_paused = true)]
async fn subscribe_in_flight_can_be_cancelled_and_repeated() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Describe);
    let mut client = V1::connect(&gateway).await;
    let first = client.send_request("subscribe", of("w1")).await;
    let second = client.send_request("subscribe", of("w1")).await;
    let back = client.send_request("unsubscribe", of("w1")).await;
    let only_signals = json!({"workflow_id": "w1", "types": ["signal.*"]});
    let third = client.send_request("subscribe", only_signals).await;
    let rejected = client.response(second).await;
    assert_eq!(rejected["error"]["code"], "already_subscribed");
    client.expect_silence(Duration::from_secs(5)).await;
    gateway.engine.unhang(Call::Describe);
    let mut order = Vec::new();
    for _ in 0..3 {
        let answer = client.frame().await;
        assert_eq!(answer["ok"], true, "{answer}");
        order.push(answer["id"].as_u64().unwrap());
    }
    let position = |id| order.iter().position(|re| *re == id).unwrap();
    assert!(position(first) < position(back), "{order:?}");
    assert!(order.contains(&third));
    workflow.signal("s");
    workflow.schedule("one");
    workflow.signal("s");
    let types: Vec<_> = client.events(2).await;
    assert!(types.iter().all(|event| event["type"] == "signal.received"));
}

// Covers WS-13, WS-34.
#[tokio::test(start_paused = true)]
async fn subscriptions_are_unique_per_workflow_and_limited() {
    let mut config = config();
    config.v1.max_subscriptions = 3;
    let gateway = Gateway::start_with(config).await;
    for number in 0..5 {
        gateway.engine.workflow(&format!("w{number}"));
    }
    let mut client = V1::connect(&gateway).await;
    for number in 0..3 {
        client.call("subscribe", of(&format!("w{number}"))).await;
    }
    let again = client.call_error("subscribe", of("w0")).await;
    assert_eq!(again, "already_subscribed");
    let too_many = client.call_error("subscribe", of("w3")).await;
    assert_eq!(too_many, "too_many_subscriptions");
    client.call("unsubscribe", of("w1")).await;
    client.call("subscribe", of("w3")).await;
    let too_many = client.call_error("subscribe", of("w4")).await;
    assert_eq!(too_many, "too_many_subscriptions");
    // A failed one does not count.
    client.call("unsubscribe", of("w3")).await;
    assert_eq!(
        client.call_error("subscribe", of("none")).await,
        "not_found"
    );
    client.call("subscribe", of("w4")).await;
    // Another connection has its own limit.
    let mut other = V1::connect(&gateway).await;
    other.call("subscribe", of("w0")).await;
}

// Covers SUB-3, WS-14.
#[tokio::test(start_paused = true)]
async fn invalid_subscriptions_are_rejected_with_a_code() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    gateway.engine.workflow("w2");
    let cursor = workflow.events()[0].cursor.to_string();
    let mut elsewhere = workflow.events()[0].cursor.clone();
    elsewhere.namespace = "elsewhere".into();
    let long = "x".repeat(1001);
    let mut client = V1::connect(&gateway).await;
    for (fields, code) in [
        (json!({}), "missing_field"),
        (json!({"workflow_id": ""}), "missing_field"),
        (json!({"workflow_id": null}), "missing_field"),
        (json!({"workflow_id": 1}), "invalid_field"),
        (json!({"workflow_id": long}), "invalid_field"),
        (json!({"workflow_id": "none"}), "not_found"),
        (
            json!({"workflow_id": "w1", "after": "junk"}),
            "invalid_cursor",
        ),
        (json!({"workflow_id": "w1", "after": 1}), "invalid_field"),
        (
            json!({"workflow_id": "w2", "after": cursor}),
            "cursor_mismatch",
        ),
        (
            json!({"workflow_id": "w1", "after": elsewhere}),
            "cursor_mismatch",
        ),
        (
            json!({"workflow_id": "w1", "from": "then"}),
            "invalid_field",
        ),
        (
            json!({"workflow_id": "w1", "types": ["nothing"]}),
            "invalid_field",
        ),
        (
            json!({"workflow_id": "w1", "types": "status"}),
            "invalid_field",
        ),
        (json!({"workflow_id": "w1", "topics": [1]}), "invalid_field"),
        (
            json!({"workflow_id": "w1", "progress": "yes"}),
            "invalid_field",
        ),
    ] {
        assert_eq!(
            client.call_error("subscribe", fields.clone()).await,
            code,
            "{fields}"
        );
    }
    gateway.engine.go_away();
    let away = client.call_error("subscribe", of("w3")).await;
    assert_eq!(away, "temporal_unavailable");
    gateway.engine.come_back();
    client
        .call("subscribe", json!({"workflow_id": "w1", "after": ""}))
        .await;
    assert_eq!(client.events(1).await[0]["type"], "workflow.started");
}

// Covers WS-14.
#[tokio::test(start_paused = true)]
async fn subscribe_times_out() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    gateway.engine.hang(Call::Describe);
    let mut client = V1::connect(&gateway).await;
    assert_eq!(client.call_error("subscribe", of("w1")).await, "timeout");
    gateway.engine.unhang(Call::Describe);
    client.call("subscribe", of("w1")).await;
}

// Covers WS-17.
#[tokio::test(start_paused = true)]
async fn subscription_receives_a_gap_and_continues() {
    let gateway = Gateway::start().await;
    let lost = gateway.engine.workflow("w1");
    let cursor = lost.events()[0].cursor.clone();
    lost.complete(Json::null());
    lost.forget();
    gateway.engine.workflow("w1");
    let mut client = V1::connect(&gateway).await;
    let after = json!({"workflow_id": "w1", "after": cursor});
    client.call("subscribe", after).await;
    assert_eq!(client.frame().await, json!({"gap": of("w1")}));
    assert_eq!(client.events(1).await[0]["type"], "workflow.started");
}

// Covers WS-18.
#[tokio::test(start_paused = true)]
async fn failed_subscription_ends_and_others_continue() {
    let gateway = Gateway::start().await;
    let (one, two) = (gateway.engine.workflow("w1"), gateway.engine.workflow("w2"));
    let mut client = V1::connect(&gateway).await;
    for id in ["w1", "w2"] {
        client.call("subscribe", of(id)).await;
    }
    client.events(2).await;
    gateway
        .engine
        .fail_reads_of("w1", Some(EngineErrorKind::Denied));
    one.signal("s");
    let mut failed = client.frame().await;
    while failed.get("subscription_failed").is_none() {
        assert!(failed.get("live").is_some(), "{failed}");
        failed = client.frame().await;
    }
    assert_eq!(failed["subscription_failed"]["workflow_id"], "w1");
    assert_eq!(
        failed["subscription_failed"]["error"]["code"],
        "temporal_permission_denied"
    );
    two.signal("s");
    assert_eq!(client.events(1).await[0]["workflow_id"], "w2");
    gateway.engine.fail_reads_of("w1", None);
    client.call("subscribe", of("w1")).await;
    assert_eq!(client.events(2).await, values(&one.events()));
}

//! A connection: heartbeats, idle timeout, drain, and the other dialect beside it.

use std::time::Duration;

use fast_temporal_core::owner;
use fast_temporal_protocol::Json;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::support::{Gateway, Raw, V1, frames};

// Covers WS-19.
#[tokio::test(start_paused = true)]
async fn idle_v1_connection_sends_heartbeats_and_stays_open() {
    let gateway = Gateway::start().await;
    let mut client = V1::connect(&gateway).await;
    for _ in 0..20 {
        let heartbeat = timeout(Duration::from_secs(23), client.heartbeat()).await;
        assert_eq!(
            heartbeat.expect("a heartbeat in time"),
            json!({"cursors": {}})
        );
    }
    client.call("ping", json!({})).await;
}

// Covers WS-20.
#[tokio::test(start_paused = true)]
async fn v1_client_without_pongs_is_closed_with_4001() {
    let gateway = Gateway::start().await;
    let mut raw = Raw::upgrade(gateway.address, "/v1/ws").await;
    let began = Instant::now();
    assert_eq!(raw.closed().await, 4001);
    let silent = began.elapsed();
    assert!((60..62).contains(&silent.as_secs()), "{silent:?}");
}

// Covers WS-29.
#[tokio::test(start_paused = true)]
async fn draining_closes_v1_connections_with_4000() {
    let mut gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = V1::connect(&gateway).await;
        client.call("subscribe", json!({"workflow_id": "w1"})).await;
        client.events(1).await;
        // A request that waits for long.
        client
            .send_request("result", json!({"workflow_id": "w1"}))
            .await;
        client.call("ping", json!({})).await;
        clients.push(client);
    }
    let began = Instant::now();
    gateway.shutdown.cancel();
    for client in &mut clients {
        client.discard_received();
        loop {
            match client.client.frame_or_close().await {
                Ok(frame) => assert!(frame.get("live").is_some(), "{frame}"),
                Err(code) => break assert_eq!(code, 4000),
            }
        }
    }
    drop(clients);
    gateway.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    workflow.complete(Json::null());
}

#[tokio::test(start_paused = true)]
async fn both_dialects_receive_the_same_workflow() {
    let gateway = Gateway::start().await;
    let mut seed = gateway.connect("ada").await;
    seed.start(json!({"prompt": "go"})).await;
    let workflow = gateway.started(1).await;
    assert!(owner::owns("ada", workflow.id()));
    let mut v1 = V1::connect(&gateway).await;
    v1.call("subscribe", json!({"workflow_id": **workflow.id()}))
        .await;
    workflow.schedule("one");
    workflow.complete_activity("one", Json::null());
    workflow.complete(Json::from_value(&"all").unwrap());
    let received = frames([
        ("one: Running", "Running"),
        ("one: Completed", "Completed"),
        ("all", "Done"),
    ]);
    assert_eq!(seed.frames(3).await, received);
    let events = v1.events(5).await;
    let types: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    let expected = [
        "workflow.started",
        "signal.received",
        "activity.scheduled",
        "activity.completed",
        "workflow.completed",
    ];
    assert_eq!(types, expected);
    // One feed serves both dialects.
    assert_eq!(gateway.engine.stats().max_open_polls, 1);
}

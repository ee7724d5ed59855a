//! WebSocket connections of both dialects: upgrade, heartbeats and idle timeout.

use std::time::Duration;

use fast_temporal_core::owner;
use fast_temporal_protocol::Json;
use fast_temporal_server::AllowedOrigins;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Gateway, RawSocket, Timer, payload, upgrade_request};

const PATHS: [&str; 2] = ["/ws/ada", "/v1/ws"];

#[tokio::test(start_paused = true)]
async fn websockets_require_a_valid_upgrade() {
    let gateway = Gateway::start().await;
    for path in PATHS {
        assert_eq!(gateway.get(path).await.error(), (426, "invalid_request"));
        let request = upgrade_request(path, "");
        let old = request.replace("Version: 13", "Version: 8");
        let head = RawSocket::connect(gateway.address)
            .await
            .request(&old)
            .await;
        assert!(head.starts_with("HTTP/1.1 426 "), "{head}");
        assert!(head.contains("sec-websocket-version: 13"), "{head}");
        let keyless = request.replace("Sec-WebSocket-Key", "X-Key");
        let head = RawSocket::connect(gateway.address)
            .await
            .request(&keyless)
            .await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    }
}

// Covers SEED-24, WS-2.
#[tokio::test(start_paused = true)]
async fn websockets_of_other_origins_are_rejected() {
    let own = AllowedOrigins::List(vec!["https://app.example.com".to_owned()]);
    let gateway = Gateway::start_with(|setup| setup.config.origins = own).await;
    let page = |origin| gateway.anonymous().with("origin", origin);
    let own = page("https://app.example.com");
    own.seed("ada").await.unwrap().expect_served().await;
    own.v1().await.unwrap().expect_served().await;
    for foreign in [
        "https://evil.example.com",
        "http://app.example.com",
        "null",
        "é",
    ] {
        for path in PATHS {
            let rejected = page(foreign).websocket(path).await.expect_err(foreign);
            assert_eq!(rejected.error(), (403, "origin_not_allowed"));
        }
    }
    // A program sends no origin.
    gateway.seed("ada").await.expect_served().await;
    gateway.v1().await.expect_served().await;
}

// Covers WS-19.
#[tokio::test(start_paused = true)]
async fn idle_v1_connection_sends_heartbeats_and_stays_open() {
    let gateway = Gateway::start().await;
    let mut client = gateway.v1().await;
    for _ in 0..20 {
        let heartbeat = timeout(Duration::from_secs(23), client.heartbeat()).await;
        let heartbeat = heartbeat.expect("a heartbeat in time");
        assert_eq!(heartbeat, json!({"cursors": {}}));
    }
    client.expect_served().await;
}

// Covers SEED-26.
#[tokio::test(start_paused = true)]
async fn idle_seed_connection_is_pinged_and_stays_open() {
    let gateway = Gateway::start().await;
    let mut client = gateway.seed("ada").await;
    let timer = Timer::start();
    for _ in 0..10 {
        let message = timeout(Duration::from_secs(23), client.stream.next()).await;
        let message = message.expect("a ping in time");
        assert!(matches!(message, Some(Ok(Message::Ping(_)))), "{message:?}");
    }
    timer.expect(170.0..);
}

// Covers SEED-34, WS-20.
#[tokio::test(start_paused = true)]
async fn client_without_pongs_is_closed_with_4001() {
    let gateway = Gateway::start().await;
    for path in PATHS {
        let mut raw = RawSocket::upgrade(gateway.address, path).await;
        let timer = Timer::start();
        assert_eq!(raw.close_code().await, 4001);
        timer.expect(60.0..62.0);
    }
}

#[tokio::test(start_paused = true)]
async fn both_dialects_receive_the_same_workflow() {
    let gateway = Gateway::start().await;
    let mut seed = gateway.seed("ada").await;
    seed.start(json!({"prompt": "go"})).await;
    let workflow = gateway.started(1).await;
    assert!(owner::owns("ada", workflow.id()));
    let mut v1 = gateway.v1().await;
    v1.subscribe(workflow.id()).await;
    workflow.schedule("one");
    workflow.complete_activity("one", Json::null());
    workflow.complete(payload("all"));
    seed.expect([
        ("one: Running", "Running"),
        ("one: Completed", "Completed"),
        ("all", "Done"),
    ])
    .await;
    let events = v1.events(5).await;
    let types: Vec<_> = events.iter().map(|event| &event["type"]).collect();
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

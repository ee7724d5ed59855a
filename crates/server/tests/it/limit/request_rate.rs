//! The rate limit on requests.

use std::time::Duration;

use fast_temporal_server::RequestLimits;
use serde_json::json;
use tokio::time::advance;

use crate::support::{Gateway, V1, config, json};

async fn start(per_second: u32, burst: u32) -> Gateway {
    let mut config = config();
    config.requests = RequestLimits {
        per_second,
        burst,
        ..RequestLimits::default()
    };
    Gateway::start_with(config).await
}

// Covers LIM-4, LIM-11.
#[tokio::test(start_paused = true)]
async fn request_beyond_the_rate_receives_429_and_retry_after() {
    let gateway = start(1, 3).await;
    gateway.engine.workflow("w1");
    let uri = "/v1/workflows/w1/events?wait=0";
    for _ in 0..3 {
        assert_eq!(gateway.get(uri).await.status(), 200);
    }
    let rejected = gateway.get(uri).await;
    assert_eq!(rejected.headers()["retry-after"], "1");
    let (status, body) = json(rejected).await;
    assert_eq!(status, 429);
    assert_eq!(body["error"]["code"], "too_many_requests");
    assert_eq!(body["error"]["retryable"], true);
    // Health checks are not counted.
    assert_eq!(gateway.get("/healthz").await.status(), 200);
    advance(Duration::from_secs(1)).await;
    assert_eq!(gateway.get(uri).await.status(), 200);
    assert_eq!(gateway.get(uri).await.status(), 429);
}

// Covers LIM-4.
#[tokio::test(start_paused = true)]
async fn message_beyond_the_rate_is_answered_and_the_connection_stays_open() {
    let gateway = start(1, 3).await;
    let mut ada = gateway.connect("ada").await;
    let mut again = gateway.connect("ada").await;
    let mut bob = gateway.connect("bob").await;
    for _ in 0..2 {
        ada.send("{").await;
        assert_eq!(ada.error().await, "invalid_json");
    }
    again.start(json!(1)).await;
    gateway.started(1).await;
    again.start(json!(2)).await;
    assert_eq!(again.error().await, "too_many_requests");
    ada.send("{").await;
    assert_eq!(ada.error().await, "too_many_requests");
    bob.send("{").await;
    assert_eq!(bob.error().await, "invalid_json");
    assert_eq!(gateway.engine.stats().starts, 1);
    advance(Duration::from_secs(1)).await;
    again.start(json!(2)).await;
    gateway.started(2).await;
}

// Covers LIM-4.
#[tokio::test(start_paused = true)]
async fn echoes_do_not_count_against_the_rate() {
    let gateway = start(1, 3).await;
    let mut client = gateway.connect("ada").await;
    for _ in 0..100 {
        client.send(r#"{"origin": "temporal"}"#).await;
    }
    client.send("{").await;
    assert_eq!(client.error().await, "invalid_json");
}

// Covers LIM-4.
#[tokio::test(start_paused = true)]
async fn operation_beyond_the_rate_is_answered_by_its_id() {
    let gateway = start(1, 3).await;
    gateway.engine.workflow("w1");
    // An upgrade is not a request.
    for _ in 0..10 {
        V1::connect(&gateway).await;
    }
    let mut client = V1::connect(&gateway).await;
    client.call("ping", json!({})).await;
    client.call("ping", json!({})).await;
    client.call("subscribe", json!({"workflow_id": "w1"})).await;
    let describe = json!({"workflow_id": "w1"});
    let rejected = client.call_error("describe", describe.clone()).await;
    assert_eq!(rejected, "too_many_requests");
    advance(Duration::from_secs(1)).await;
    client.call("describe", describe).await;
}

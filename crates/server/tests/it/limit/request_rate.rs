//! The rate limit on requests.

use std::time::Duration;

use fast_temporal_server::RequestLimits;
use serde_json::json;
use tokio::time::advance;

use crate::support::Gateway;

/// Starts a gateway that accepts a burst of 3 requests, and one more per second.
async fn start() -> Gateway {
    let limits = RequestLimits {
        per_second: 1,
        burst: 3,
        ..RequestLimits::default()
    };
    Gateway::start_with(|setup| setup.config.requests = limits).await
}

// Covers LIM-4, LIM-11.
#[tokio::test(start_paused = true)]
async fn request_beyond_the_rate_receives_429_and_retry_after() {
    let gateway = start().await;
    gateway.engine.workflow("w1");
    let uri = "/v1/workflows/w1/events?wait=0";
    for _ in 0..3 {
        assert_eq!(gateway.get(uri).await.status, 200);
    }
    let rejected = gateway.get(uri).await;
    assert_eq!(rejected.header("retry-after"), Some("1"));
    assert_eq!(rejected.error(), (429, "too_many_requests"));
    assert_eq!(rejected["error"]["retryable"], true);
    // Health checks are not counted.
    assert_eq!(gateway.get("/healthz").await.status, 200);
    advance(Duration::from_secs(1)).await;
    assert_eq!(gateway.get(uri).await.status, 200);
    assert_eq!(gateway.get(uri).await.status, 429);
}

// Covers LIM-4.
#[tokio::test(start_paused = true)]
async fn message_beyond_the_rate_is_answered_and_the_connection_stays_open() {
    let gateway = start().await;
    let mut ada = gateway.seed("ada").await;
    let mut again = gateway.seed("ada").await;
    let mut bob = gateway.seed("bob").await;
    for _ in 0..2 {
        ada.expect_served().await;
    }
    again.start(json!(1)).await;
    gateway.started(1).await;
    again.start(json!(2)).await;
    assert_eq!(again.error().await, "too_many_requests");
    ada.send("{").await;
    assert_eq!(ada.error().await, "too_many_requests");
    bob.expect_served().await;
    assert_eq!(gateway.engine.stats().starts, 1);
    advance(Duration::from_secs(1)).await;
    again.start(json!(2)).await;
    gateway.started(2).await;
}

// Covers LIM-4, SEED-1.
#[tokio::test(start_paused = true)]
async fn echoes_are_ignored_and_do_not_count_against_the_rate() {
    let gateway = start().await;
    let mut client = gateway.seed("ada").await;
    let echo = json!({"origin": "temporal", "message": "x", "status": "Running"});
    for _ in 0..100 {
        client.send(echo.to_string()).await;
    }
    client.expect_served().await;
    client.expect_silence(Duration::from_secs(5)).await;
    assert_eq!(gateway.engine.stats().starts, 0);
}

// Covers LIM-4.
#[tokio::test(start_paused = true)]
async fn operation_beyond_the_rate_is_answered_by_its_id() {
    let gateway = start().await;
    gateway.engine.workflow("w1");
    // An upgrade is not a request.
    for _ in 0..10 {
        gateway.v1().await;
    }
    let mut client = gateway.v1().await;
    client.call("ping", json!({})).await;
    client.call("ping", json!({})).await;
    client.subscribe("w1").await;
    let describe = json!({"workflow_id": "w1"});
    client
        .expect_error("describe", describe.clone(), "too_many_requests")
        .await;
    advance(Duration::from_secs(1)).await;
    client.call("describe", describe).await;
}

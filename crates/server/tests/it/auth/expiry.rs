//! Connections whose credentials expire. Tokens have whole seconds, and real time passes too.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    Gateway, SeedClient, Timer, path_of,
    token::{self, workflow_of},
};

async fn connect(gateway: &Gateway, token: &str) -> SeedClient {
    gateway.bearer(token).seed("ada").await.unwrap()
}

// Covers AUTH-16, AUTH-17, AUTH-27.
#[tokio::test(start_paused = true)]
async fn seed_connection_is_warned_and_closed_when_its_token_expires() {
    // Seconds until the expiry, the warning, and the close.
    for (expires, warned, closed) in [
        (300, 240.0..=270.0, 270.0..=300.0),
        // Warned immediately.
        (10, 0.0..=1.0, 0.0..=10.0),
        // A token within the leeway lasts until the leeway ends.
        (-10, 0.0..=20.0, 5.0..=20.0),
    ] {
        let gateway = Gateway::with_tokens().await;
        let mut client = connect(&gateway, &token::expires_in(expires)).await;
        let timer = Timer::start();
        assert_eq!(client.error().await, "token_expired");
        timer.expect(warned);
        // The connection remains usable until it is closed.
        client.start(json!({})).await;
        gateway.started(1).await.start_task();
        assert_eq!(client.close_code().await, 4003, "{expires}");
        timer.expect(closed);
    }
}

#[tokio::test(start_paused = true)]
async fn token_with_a_distant_expiry_ends_no_connection() {
    let gateway = Gateway::with_tokens().await;
    let token = token::with_claims(json!({"exp": 1e18}));
    let mut client = connect(&gateway, &token).await;
    client.expect_silence(Duration::from_secs(100_000)).await;
}

// Covers AUTH-17, AUTH-27.
#[tokio::test(start_paused = true)]
async fn event_stream_is_warned_and_ended_when_its_token_expires() {
    let gateway = Gateway::with_tokens().await;
    let client = gateway.bearer(&token::expires_in(300));
    let uri = path_of(&workflow_of("ada"), "/events");
    let mut stream = client.event_stream(&uri).await;
    let timer = Timer::start();
    let mut last = None;
    let mut warnings = 0;
    while let Some(block) = stream.next_block().await {
        if block.event.as_deref() == Some("credentials_expiring") {
            assert!(block.data.as_ref().unwrap()["expires_at"].is_string());
            timer.expect(240.0..=270.0);
            warnings += 1;
        }
        last = Some(block);
    }
    let last = last.expect("blocks");
    assert_eq!(last.event.as_deref(), Some("subscription_failed"));
    assert_eq!(last.data.unwrap()["code"], "token_expired");
    assert_eq!(warnings, 1);
    timer.expect(270.0..=300.0);
}

// Covers AUTH-27.
#[tokio::test(start_paused = true)]
async fn long_poll_ends_when_its_token_expires() {
    let gateway = Gateway::with_tokens().await;
    let get = async |query: &str, expires: i64| {
        let uri = path_of(&workflow_of("ada"), &format!("/events{query}"));
        gateway.bearer(&token::expires_in(expires)).get(&uri).await
    };
    // An event stream does not end before.
    assert!(timeout(Duration::from_secs(1), get("", 300)).await.is_err());
    let cursor = get("?wait=0", 300).await.text("cursor");
    let timer = Timer::start();
    let page = get(&format!("?wait=30&after={cursor}"), 20).await;
    assert_eq!(
        (page.status, &page["events"]),
        (200, &json!([])),
        "{page:?}"
    );
    assert_eq!(page["cursor"], json!(cursor));
    timer.expect(5.0..=20.0);
}

// Covers AUTH-27.
#[tokio::test(start_paused = true)]
async fn result_wait_ends_when_its_token_expires() {
    let gateway = Gateway::with_tokens().await;
    let timer = Timer::start();
    let uri = path_of(&workflow_of("ada"), "/result?wait=60");
    let reply = gateway.bearer(&token::expires_in(5)).get(&uri).await;
    assert_eq!(reply.error(), (401, "token_expired"));
    timer.expect(2.0..=5.0);
}

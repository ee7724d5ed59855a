//! Limits on connections: in all, per user, and per address.

use std::time::Duration;

use axum::{body::Body, http::Request};
use fast_temporal_server::ConnectionLimits;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest as _};

use crate::support::{Client, Gateway, Raw, config, frame, json};

async fn start(connections: ConnectionLimits) -> Gateway {
    let mut config = config();
    config.connections = connections;
    Gateway::start_with(config).await
}

fn limits(all: usize, of_user: usize, of_address: usize) -> ConnectionLimits {
    ConnectionLimits {
        max_connections: all,
        max_connections_per_user: of_user,
        max_connections_per_address: of_address,
        ..ConnectionLimits::default()
    }
}

/// Connects as that user, through a proxy that reports that address.
async fn connect(gateway: &Gateway, user: &str, address: &str) -> tungstenite::Result<Client> {
    let url = format!("ws://{}/ws/{user}", gateway.address);
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("x-forwarded-for", address.parse().unwrap());
    Client::connect(request).await
}

/// The status, the `Retry-After` and the code with which an upgrade is rejected.
fn refusal(outcome: tungstenite::Result<Client>) -> (u16, u64, String) {
    let Err(tungstenite::Error::Http(response)) = outcome else {
        panic!("it may connect");
    };
    let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
    assert_eq!(body["error"]["retryable"], true);
    let retry_after = response.headers()["retry-after"].to_str().unwrap();
    let code = body["error"]["code"].as_str().unwrap();
    (
        response.status().as_u16(),
        retry_after.parse().unwrap(),
        code.to_owned(),
    )
}

// Covers LIM-1, LIM-11.
#[tokio::test(start_paused = true)]
async fn connection_beyond_a_limit_is_rejected_before_the_upgrade() {
    let mut of_address = limits(0, 0, 2);
    of_address.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    for (limits, status, code) in [
        (limits(2, 0, 0), 503, "too_many_connections"),
        (limits(0, 2, 0), 429, "too_many_connections_per_user"),
        (of_address, 429, "too_many_connections_per_address"),
    ] {
        let gateway = start(limits).await;
        let mut first = connect(&gateway, "ada", "192.0.2.1").await.unwrap();
        let _second = connect(&gateway, "ada", "192.0.2.1").await.unwrap();
        let rejected = refusal(connect(&gateway, "ada", "192.0.2.1").await);
        assert_eq!((rejected.0, &*rejected.2), (status, code));
        assert!((5..=10).contains(&rejected.1));
        if code != "too_many_connections" {
            assert!(connect(&gateway, "bob", "192.0.2.2").await.is_ok());
        }
        // Established connections are unaffected.
        first.send("{").await;
        assert_eq!(first.error().await, "invalid_json");
        assert_eq!(json(gateway.get("/healthz").await).await.0, 200);
    }
}

// Covers LIM-12.
#[tokio::test(start_paused = true)]
async fn forwarding_headers_of_untrusted_peers_are_ignored() {
    let gateway = start(limits(0, 0, 1)).await;
    let _first = connect(&gateway, "ada", "192.0.2.1").await.unwrap();
    let rejected = refusal(connect(&gateway, "ada", "192.0.2.2").await);
    assert_eq!(rejected.2, "too_many_connections_per_address");
}

// Covers LIM-2.
#[tokio::test(start_paused = true)]
async fn connection_counts_until_it_closes_for_any_reason() {
    let gateway = start(limits(1, 1, 0)).await;
    // By a close frame, a closed stream, an invalid frame, and the idle timeout.
    let ends = [
        (frame(0x88, &1000_u16.to_be_bytes()), Some(1000)),
        (Vec::new(), None),
        (frame(0xf1, b"{}"), Some(1002)),
        (Vec::new(), Some(4001)),
    ];
    for (bytes, code) in ends {
        let raw = Raw::upgrade_when_there_is_room(gateway.address, "/ws/ada");
        let raw = timeout(Duration::from_secs(10), raw).await;
        let mut raw = raw.expect("room, as nothing else is connected");
        let rejected = refusal(connect(&gateway, "ada", "192.0.2.1").await);
        assert_eq!(rejected.2, "too_many_connections");
        raw.send(&bytes).await;
        if let Some(code) = code {
            assert_eq!(raw.closed().await, code);
        }
    }
    let last = Raw::upgrade_when_there_is_room(gateway.address, "/ws/ada");
    timeout(Duration::from_secs(10), last).await.unwrap();
}

// Covers LIM-2.
#[tokio::test(start_paused = true)]
async fn event_streams_count_until_they_end() {
    let gateway = start(limits(1, 0, 0)).await;
    gateway.engine.workflow("w1");
    let uri = "/v1/workflows/w1/events";
    let stream = gateway.get(uri).await;
    assert_eq!(stream.status(), 200);
    let (status, body) = json(gateway.get(uri).await).await;
    assert_eq!(status, 503);
    assert_eq!(body["error"]["code"], "too_many_connections");
    drop(stream);
    let mut stream = gateway.get(uri).await.into_body();
    gateway.engine.find("w1").terminate("enough");
    while stream.frame().await.is_some() {}
    drop(stream);
    assert_eq!(gateway.get(uri).await.status(), 200);
}

/// The URI of a long-poll after the last event.
async fn after_all(gateway: &Gateway) -> String {
    let (_, body) = json(gateway.get("/v1/workflows/w1/events?wait=0").await).await;
    let after = body["cursor"].as_str().unwrap();
    format!("/v1/workflows/w1/events?wait=30&after={after}")
}

// Covers LIM-2.
#[tokio::test(start_paused = true)]
async fn long_polls_count_while_they_wait() {
    let gateway = start(limits(1, 0, 0)).await;
    let workflow = gateway.engine.workflow("w1");
    {
        let uri = "/v1/workflows/w1/result?wait=30";
        let mut poll = Box::pin(gateway.get(uri));
        assert!(timeout(Duration::from_secs(1), &mut poll).await.is_err());
        assert_eq!(gateway.get(uri).await.status(), 503);
    }
    let uri = after_all(&gateway).await;
    {
        let mut poll = Box::pin(gateway.get(&uri));
        assert!(timeout(Duration::from_secs(1), &mut poll).await.is_err());
        assert_eq!(gateway.get(&uri).await.status(), 503);
        workflow.signal("go");
        assert_eq!(poll.await.status(), 200);
    }
    let after_all = after_all(&gateway).await;
    {
        let mut poll = Box::pin(gateway.get(&after_all));
        assert!(timeout(Duration::from_secs(1), &mut poll).await.is_err());
        // The client has disconnected.
    }
    assert_eq!(gateway.get(&after_all).await.status(), 200);
}

// Covers LIM-2.
#[tokio::test(start_paused = true)]
async fn short_requests_do_not_count_as_connections() {
    let gateway = start(limits(1, 0, 0)).await;
    let _only = connect(&gateway, "ada", "192.0.2.1").await.unwrap();
    for _ in 0..10 {
        assert_eq!(gateway.get("/healthz").await.status(), 200);
        let rejected = Request::get("/ws/ada").body(Body::empty()).unwrap();
        assert_eq!(gateway.request(rejected).await.status(), 426);
    }
}

// Real time: with a paused clock, idle sockets would time out.
// Covers LIM-7.
#[tokio::test]
async fn socket_beyond_the_limit_receives_503() {
    let mut limits = limits(1, 0, 0);
    limits.max_short_lived_sockets = 1;
    let gateway = start(limits).await;
    let first = Raw::upgrade(gateway.address, "/ws/ada").await;
    let mut second = Raw::connect(gateway.address).await;
    let health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    assert!(second.request(health).await.starts_with("HTTP/1.1 200 "));
    for _ in 0..3 {
        let mut third = Raw::connect(gateway.address).await;
        let head = third.request(health).await;
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        assert!(head.contains("retry-after: "), "{head}");
        let body: Value = serde_json::from_slice(&third.rest().await).unwrap();
        assert_eq!(body["error"]["code"], "too_many_connections");
    }
    drop(first);
    loop {
        let mut third = Raw::connect(gateway.address).await;
        if third.request(health).await.starts_with("HTTP/1.1 200 ") {
            break;
        }
    }
}

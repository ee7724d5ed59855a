//! Limits on connections: in all, per user, and per address.

use std::time::Duration;

use fast_temporal_server::ConnectionLimits;
use serde_json::Value;
use tokio::time::timeout;

use crate::support::{Gateway, RawSocket, Reply, SeedClient, frame};

async fn start(connections: ConnectionLimits) -> Gateway {
    Gateway::start_with(|setup| setup.config.connections = connections).await
}

fn limits(all: usize, of_user: usize, of_address: usize) -> ConnectionLimits {
    ConnectionLimits {
        max_connections: all,
        max_connections_per_user: of_user,
        max_connections_per_address: of_address,
        ..ConnectionLimits::default()
    }
}

/// Connects as a user, through a proxy that reports an address.
async fn connect(gateway: &Gateway, user: &str, address: &str) -> Result<SeedClient, Reply> {
    let client = gateway.anonymous().with("x-forwarded-for", address);
    client.seed(user).await
}

async fn rejection(gateway: &Gateway, user: &str, address: &str) -> Reply {
    let outcome = connect(gateway, user, address).await;
    outcome.expect_err("no room for the connection")
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
        let rejected = rejection(&gateway, "ada", "192.0.2.1").await;
        assert_eq!(rejected.error(), (status, code));
        assert_eq!(rejected["error"]["retryable"], true);
        let retry_after: u64 = rejected.header("retry-after").unwrap().parse().unwrap();
        assert!((5..=10).contains(&retry_after), "{retry_after}");
        if code != "too_many_connections" {
            assert!(connect(&gateway, "bob", "192.0.2.2").await.is_ok());
        }
        // Established connections are unaffected.
        first.expect_served().await;
        assert_eq!(gateway.get("/healthz").await.status, 200);
    }
}

// Covers LIM-12.
#[tokio::test(start_paused = true)]
async fn forwarding_headers_of_untrusted_peers_are_ignored() {
    let gateway = start(limits(0, 0, 1)).await;
    let _first = connect(&gateway, "ada", "192.0.2.1").await.unwrap();
    let rejected = rejection(&gateway, "ada", "192.0.2.2").await;
    assert_eq!(rejected.error().1, "too_many_connections_per_address");
}

// Covers LIM-2.
#[tokio::test(start_paused = true)]
async fn connection_counts_until_it_closes_for_any_reason() {
    let gateway = start(limits(1, 1, 0)).await;
    let connect = async || {
        let raw = RawSocket::upgrade_when_accepted(gateway.address, "/ws/ada");
        let raw = timeout(Duration::from_secs(10), raw).await;
        raw.expect("room, as no other client is connected")
    };
    // By a close frame, a closed stream, an invalid frame, and the idle timeout.
    for (bytes, code) in [
        (frame(0x88, &1000_u16.to_be_bytes()), Some(1000)),
        (Vec::new(), None),
        (frame(0xf1, b"{}"), Some(1002)),
        (Vec::new(), Some(4001)),
    ] {
        let mut raw = connect().await;
        let rejected = rejection(&gateway, "ada", "192.0.2.1").await;
        assert_eq!(rejected.error().1, "too_many_connections");
        raw.send(&bytes).await;
        if let Some(code) = code {
            assert_eq!(raw.close_code().await, code);
        }
    }
    connect().await;
}

// Covers LIM-2.
#[tokio::test(start_paused = true)]
async fn event_streams_count_until_they_end() {
    let gateway = start(limits(1, 0, 0)).await;
    gateway.engine.workflow("w1");
    let uri = "/v1/workflows/w1/events";
    let stream = gateway.event_stream(uri).await;
    assert_eq!(
        gateway.get(uri).await.error(),
        (503, "too_many_connections")
    );
    drop(stream);
    let mut stream = gateway.event_stream(uri).await;
    gateway.engine.find("w1").terminate("enough");
    while stream.next_block().await.is_some() {}
    drop(stream);
    gateway.event_stream(uri).await;
}

/// Returns the URI of a long-poll after the last event.
async fn after_last(gateway: &Gateway) -> String {
    let page = gateway.get("/v1/workflows/w1/events?wait=0").await;
    format!(
        "/v1/workflows/w1/events?wait=30&after={}",
        page.text("cursor")
    )
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
        assert_eq!(gateway.get(uri).await.status, 503);
    }
    let uri = after_last(&gateway).await;
    {
        let mut poll = Box::pin(gateway.get(&uri));
        assert!(timeout(Duration::from_secs(1), &mut poll).await.is_err());
        assert_eq!(gateway.get(&uri).await.status, 503);
        workflow.signal("go");
        assert_eq!(poll.await.status, 200);
    }
    let uri = after_last(&gateway).await;
    // The client disconnects while it waits.
    let poll = timeout(Duration::from_secs(1), gateway.get(&uri));
    assert!(poll.await.is_err());
    assert_eq!(gateway.get(&uri).await.status, 200);
}

// Covers LIM-2.
#[tokio::test(start_paused = true)]
async fn short_requests_do_not_count_as_connections() {
    let gateway = start(limits(1, 0, 0)).await;
    let _only = connect(&gateway, "ada", "192.0.2.1").await.unwrap();
    for _ in 0..10 {
        assert_eq!(gateway.get("/healthz").await.status, 200);
        assert_eq!(gateway.get("/ws/ada").await.status, 426);
    }
}

// Real time: with a paused clock, idle sockets would time out.
// Covers LIM-7.
#[tokio::test]
async fn socket_beyond_the_limit_receives_503() {
    let mut limits = limits(1, 0, 0);
    limits.max_short_lived_sockets = 1;
    let gateway = start(limits).await;
    let first = RawSocket::upgrade(gateway.address, "/ws/ada").await;
    let mut second = RawSocket::connect(gateway.address).await;
    let health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    assert!(second.request(health).await.starts_with("HTTP/1.1 200 "));
    for _ in 0..3 {
        let mut third = RawSocket::connect(gateway.address).await;
        let head = third.request(health).await;
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        assert!(head.contains("retry-after: "), "{head}");
        let body: Value = serde_json::from_slice(&third.rest().await).unwrap();
        assert_eq!(body["error"]["code"], "too_many_connections");
    }
    drop(first);
    loop {
        let mut third = RawSocket::connect(gateway.address).await;
        if third.request(health).await.starts_with("HTTP/1.1 200 ") {
            break;
        }
    }
}

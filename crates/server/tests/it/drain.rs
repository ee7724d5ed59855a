//! Draining.

use std::time::Duration;

use fast_temporal_protocol::Json;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::{net::TcpStream, time::timeout};

use crate::support::{Gateway, RawSocket, Timer, last_cursor};

// Covers WS-29.
#[tokio::test(start_paused = true)]
async fn draining_closes_seed_connections_with_4000() {
    let mut gateway = Gateway::start().await;
    let mut clients = Vec::new();
    for number in 0..10 {
        clients.push(gateway.seed(&format!("user-{number}")).await);
    }
    clients[0].start(json!(1)).await;
    let workflow = gateway.started(1).await;
    workflow.schedule("one");
    clients[0].expect([("one: Running", "Running")]).await;
    gateway.shutdown.cancel();
    let timer = Timer::start();
    for client in &mut clients {
        assert_eq!(client.close_code().await, 4000);
        // The next read answers the close frame.
        assert!(client.stream.next().await.is_none_or(|end| end.is_err()));
    }
    gateway.stop().await;
    timer.expect(..5.0);
    // The workflow itself keeps running.
    workflow.complete(Json::null());
}

// Covers WS-29.
#[tokio::test(start_paused = true)]
async fn draining_closes_v1_connections_with_4000() {
    let mut gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = gateway.v1().await;
        client.subscribe("w1").await;
        client.event().await;
        // A request that waits for long.
        let result = json!({"workflow_id": "w1"});
        client.send_request("result", result).await;
        client.expect_served().await;
        clients.push(client);
    }
    let timer = Timer::start();
    gateway.shutdown.cancel();
    for client in &mut clients {
        client.discard_received();
        loop {
            match client.socket.frame_or_close().await {
                Ok(frame) => assert!(frame.get("live").is_some(), "{frame}"),
                Err(code) => break assert_eq!(code, 4000),
            }
        }
    }
    drop(clients);
    gateway.stop().await;
    timer.expect(..3.0);
    workflow.complete(Json::null());
}

#[tokio::test(start_paused = true)]
async fn unresponsive_clients_delay_draining_only_briefly() {
    let mut gateway = Gateway::start().await;
    let mut raw = RawSocket::upgrade(gateway.address, "/ws/ada").await;
    let mut slow = RawSocket::connect(gateway.address).await;
    slow.send(b"GET / HTTP/1.1\r\nHost: x\r\n").await;
    let timer = Timer::start();
    gateway.stop().await;
    timer.expect(..=10.0);
    assert_eq!(raw.close_code().await, 4000);
    assert!(TcpStream::connect(gateway.address).await.is_err());
}

// Covers SSE-8.
#[tokio::test(start_paused = true)]
async fn draining_ends_event_streams_and_answers_long_polls() {
    let mut gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signal("s");
    let mut stream = gateway.event_stream("/v1/workflows/w1/events").await;
    stream.events(2).await;
    stream.block_of("live").await;
    let cursor = last_cursor(&workflow);
    let uri = format!("/v1/workflows/w1/events?wait=30&after={cursor}");
    let mut poll = Box::pin(gateway.get_ok(&uri));
    assert!(timeout(Duration::from_secs(1), &mut poll).await.is_err());
    let timer = Timer::start();
    gateway.shutdown.cancel();
    let page = poll.await;
    assert_eq!(page["events"], json!([]));
    assert_eq!(page["cursor"], cursor);
    stream.expect_end().await;
    timer.expect(..1.0);
    gateway.stop().await;
}

#[tokio::test(start_paused = true)]
async fn draining_gateway_is_not_ready_and_accepts_no_connections() {
    let mut gateway = Gateway::start().await;
    gateway.stop().await;
    assert_eq!(gateway.get("/readyz").await.error(), (503, "draining"));
    assert_eq!(gateway.get("/healthz").await.status, 200);
    assert!(TcpStream::connect(gateway.address).await.is_err());
}

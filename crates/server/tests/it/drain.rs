//! Draining.

use std::time::Duration;

use axum::{body::Body, http::Request};
use fast_temporal_protocol::Json;
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::support::{Gateway, Raw, frames, json};

// Covers WS-29.
#[tokio::test(start_paused = true)]
async fn draining_closes_seed_connections_with_4000() {
    let mut gateway = Gateway::start().await;
    let mut clients = Vec::new();
    for number in 0..10 {
        clients.push(gateway.connect(&format!("user-{number}")).await);
    }
    clients[0].start(json!(1)).await;
    let workflow = gateway.started(1).await;
    workflow.schedule("one");
    let frames = frames([("one: Running", "Running")]);
    assert_eq!(clients[0].frames(1).await, frames);
    gateway.shutdown.cancel();
    let began = Instant::now();
    for client in &mut clients {
        assert_eq!(client.closed().await, 4000);
        // Reading on answers the close frame.
        assert!(client.0.next().await.is_none_or(|end| end.is_err()));
    }
    gateway.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    // The workflow itself keeps running.
    workflow.complete(Json::null());
}

#[tokio::test(start_paused = true)]
async fn unresponsive_clients_delay_draining_only_briefly() {
    let mut gateway = Gateway::start().await;
    let mut raw = Raw::upgrade(gateway.address, "/ws/ada").await;
    let mut slow = Raw::connect(gateway.address).await;
    slow.send(b"GET / HTTP/1.1\r\nHost: x\r\n").await;
    let began = Instant::now();
    gateway.stop().await;
    assert!(
        began.elapsed() <= Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(raw.closed().await, 4000);
    assert!(TcpStream::connect(gateway.address).await.is_err());
}

// Covers SSE-8.
#[tokio::test(start_paused = true)]
async fn draining_ends_event_streams_and_answers_long_polls() {
    let mut gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signal("s");
    let mut stream = gateway.get("/v1/workflows/w1/events").await.into_body();
    // The retry hint, two events, and `live`.
    for _ in 0..4 {
        stream.frame().await.unwrap().unwrap();
    }
    let first = json(gateway.get("/v1/workflows/w1/events?wait=0").await)
        .await
        .1;
    let uri = format!(
        "/v1/workflows/w1/events?wait=30&after={}",
        first["cursor"].as_str().unwrap()
    );
    let mut poll = Box::pin(gateway.get(&uri));
    assert!(timeout(Duration::from_secs(1), &mut poll).await.is_err());
    let began = Instant::now();
    gateway.shutdown.cancel();
    let (status, answer) = json(poll.await).await;
    assert_eq!((status, &answer["events"]), (200, &json!([])));
    assert_eq!(answer["cursor"], first["cursor"]);
    assert!(stream.frame().await.is_none());
    assert!(began.elapsed() < Duration::from_secs(1));
    gateway.stop().await;
}

#[tokio::test(start_paused = true)]
async fn draining_gateway_is_not_ready_and_accepts_no_connections() {
    let mut gateway = Gateway::start().await;
    gateway.stop().await;
    let (status, body) = json(gateway.get("/readyz").await).await;
    assert_eq!((status, &body["error"]["code"]), (503, &json!("draining")));
    let request = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(gateway.request(request).await.status(), 200);
    assert!(TcpStream::connect(gateway.address).await.is_err());
}

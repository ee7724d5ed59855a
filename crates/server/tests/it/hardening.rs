//! Hostile input: the gateway answers it or closes the connection, and serves other clients.

use std::time::Duration;

use axum::{body::Body, http::Request};
use fast_temporal_server::AllowedOrigins;
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest as _};

use crate::support::{Client, Gateway, Raw, config, frame, json, upgrade_request};

async fn still_serves(gateway: &Gateway) {
    let mut client = gateway.connect("someone-else").await;
    client.send("{").await;
    assert_eq!(client.error().await, "invalid_json");
}

// Covers SEED-30, LIM-8.
#[tokio::test(start_paused = true)]
async fn oversized_message_receives_too_large_and_the_connection_closes() {
    let mut config = config();
    config.requests.max_message_bytes = 1000;
    let gateway = Gateway::start_with(config).await;
    for size in [1001, 100_000, 3_000_000] {
        let mut client = gateway.connect("ada").await;
        let huge = Message::text("x".repeat(size));
        // The gateway may close the connection while it is being sent.
        let _ = futures_util::SinkExt::send(&mut client.0, huge).await;
        assert_eq!(client.error().await, "too_large", "{size}");
        assert_eq!(client.closed().await, 1009, "{size}");
    }
    let mut client = gateway.connect("ada").await;
    client.send("x".repeat(1000)).await;
    assert_eq!(client.error().await, "invalid_json");
    still_serves(&gateway).await;
}

// Covers SEED-30.
#[tokio::test(start_paused = true)]
async fn frame_header_with_a_huge_length_receives_too_large() {
    let gateway = Gateway::start().await;
    let mut raw = Raw::upgrade(gateway.address, "/ws/ada").await;
    raw.send(&[
        0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
    ])
    .await;
    let (first, payload) = raw.frame().await;
    assert_eq!(first, 0x81);
    assert!(String::from_utf8(payload).unwrap().contains("too_large"));
    assert_eq!(raw.closed().await, 1009);
}

#[tokio::test(start_paused = true)]
async fn fragments_count_together_against_the_limit() {
    let mut config = config();
    config.requests.max_message_bytes = 1000;
    let gateway = Gateway::start_with(config).await;
    let mut raw = Raw::upgrade(gateway.address, "/ws/ada").await;
    raw.send(&frame(0x01, b"{")).await;
    raw.send(&frame(0x89, b"a ping between")).await;
    assert_eq!(raw.frame().await, (0x8a, b"a ping between".to_vec()));
    raw.send(&frame(0x80, b"]")).await;
    assert!(
        String::from_utf8(raw.frame().await.1)
            .unwrap()
            .contains("invalid_json")
    );
    raw.send(&frame(0x01, &[b' '; 600])).await;
    raw.send(&frame(0x00, &[b' '; 600])).await;
    assert!(
        String::from_utf8(raw.frame().await.1)
            .unwrap()
            .contains("too_large")
    );
    assert_eq!(raw.closed().await, 1009);
}

#[tokio::test(start_paused = true)]
async fn invalid_websocket_frames_close_the_connection() {
    let gateway = Gateway::start().await;
    for (bytes, code) in [
        // Not masked.
        (vec![0x81, 0x02, b'{', b'}'], 1002),
        // Reserved bits, reserved opcodes.
        (frame(0xf1, b"{}"), 1002),
        (frame(0x83, b"{}"), 1002),
        // A continuation of nothing; a fragmented ping; a ping that is too long.
        (frame(0x80, b"{}"), 1002),
        (frame(0x09, b""), 1002),
        (frame(0x89, &[0; 126]), 1002),
        // Text that is not UTF-8.
        (frame(0x81, &[0xff, 0xfe]), 1007),
    ] {
        let mut raw = Raw::upgrade(gateway.address, "/ws/ada").await;
        raw.send(&bytes).await;
        assert_eq!(raw.closed().await, code, "{bytes:?}");
    }
    still_serves(&gateway).await;
}

#[tokio::test(start_paused = true)]
async fn close_frame_is_answered() {
    let gateway = Gateway::start().await;
    let mut raw = Raw::upgrade(gateway.address, "/ws/ada").await;
    raw.send(&frame(0x88, &1000_u16.to_be_bytes())).await;
    assert_eq!(raw.closed().await, 1000);
    assert!(raw.rest().await.is_empty());
}

// Covers SEED-9.
#[test]
fn random_bytes_affect_only_their_own_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let gateway = runtime.block_on(Gateway::start());
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(200)
    });
    let bytes = vec(any::<u8>(), 0..300);
    runner
        .run(
            &(bytes.clone(), any::<bool>(), bytes),
            |(first, framed, second)| {
                runtime.block_on(async {
                    let mut raw = Raw::upgrade(gateway.address, "/ws/ada").await;
                    for bytes in [first, second] {
                        let bytes = if framed { frame(0x81, &bytes) } else { bytes };
                        let _ = tokio::io::AsyncWriteExt::write_all(&mut raw.0, &bytes).await;
                    }
                    still_serves(&gateway).await;
                });
                Ok(())
            },
        )
        .unwrap();
}

// Covers SEED-9.
#[test]
fn random_json_starts_a_workflow_or_is_answered() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let gateway = runtime.block_on(Gateway::start());
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(200)
    });
    let mut client = runtime.block_on(gateway.connect("ada"));
    let client = std::cell::RefCell::new(&mut client);
    let message =
        r#"\{"(args|origin|workflow)":(\{"workflow_name":"?[a-z]{0,3}"?\}|[0-9\[\]"x]{0,6})\}"#;
    runner
        .run(&message, |message| {
            let before = gateway.engine.stats().starts;
            let mut client = client.borrow_mut();
            runtime.block_on(async {
                client.send(message.clone()).await;
                tokio::select! {
                    biased;
                    frame = client.frame() => assert_eq!(frame["status"], "Error", "{message}"),
                    _ = gateway.engine.stats_reach(|stats| stats.starts > before) => {
                        let started = gateway.engine.started(before + 1).await;
                        gateway.engine.find(&started[before].workflow_id).fail("over");
                        assert_eq!(client.frame().await["status"], "Failed");
                    }
                }
            });
            Ok(())
        })
        .unwrap();
}

// Covers LIM-9.
#[tokio::test(start_paused = true)]
async fn request_head_has_a_timeout() {
    let gateway = Gateway::start().await;
    let mut raw = Raw::connect(gateway.address).await;
    raw.send(b"GET / HTTP/1.1\r\nHost: x\r\n").await;
    let began = Instant::now();
    raw.rest().await;
    assert!(
        began.elapsed() <= Duration::from_secs(11),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn oversized_request_head_is_rejected() {
    let gateway = Gateway::start().await;
    let mut raw = Raw::connect(gateway.address).await;
    let long = "x".repeat(20_000);
    let head = raw
        .request(&format!(
            "GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n"
        ))
        .await;
    assert!(head.starts_with("HTTP/1.1 431 "), "{head}");
    still_serves(&gateway).await;
}

// Covers SEED-25.
#[tokio::test(start_paused = true)]
async fn user_ids_have_a_maximum_length() {
    let gateway = Gateway::start().await;
    let longest = "x".repeat(256);
    gateway.connect(&longest).await;
    gateway.connect("a%2Fb%20%C3%A9").await;
    for path in [
        "/ws/".to_owned(),
        format!("/ws/{longest}x"),
        "/ws/%FF".to_owned(),
    ] {
        let mut raw = Raw::connect(gateway.address).await;
        let head = raw
            .request(&upgrade_request(&path, "Connection: close\r\n"))
            .await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
        let body = String::from_utf8(raw.rest().await).unwrap();
        assert!(body.contains("invalid_user_id"), "{body}");
    }
}

// Covers SEED-25.
#[tokio::test(start_paused = true)]
async fn user_ids_are_percent_decoded() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("%61da").await;
    client.start(json!(1)).await;
    let started = gateway.engine.started(1).await;
    assert!(fast_temporal_core::owner::owns(
        "ada",
        &started[0].workflow_id
    ));
}

#[tokio::test(start_paused = true)]
async fn seed_requires_an_upgrade() {
    let gateway = Gateway::start().await;
    let (status, body) = json(gateway.get("/ws/ada").await).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (426, Some("invalid_request"))
    );
    let mut raw = Raw::connect(gateway.address).await;
    let old = upgrade_request("/ws/ada", "").replace("Version: 13", "Version: 8");
    let head = raw.request(&old).await;
    assert!(head.starts_with("HTTP/1.1 426 "), "{head}");
    assert!(head.contains("sec-websocket-version: 13"), "{head}");
    let mut raw = Raw::connect(gateway.address).await;
    let keyless = upgrade_request("/ws/ada", "").replace("Sec-WebSocket-Key", "X-Key");
    assert!(raw.request(&keyless).await.starts_with("HTTP/1.1 400 "));
}

// Covers SEED-24.
#[tokio::test(start_paused = true)]
async fn seed_rejects_pages_of_other_origins() {
    let mut config = config();
    config.origins = AllowedOrigins::List(vec!["https://app.example.com".to_owned()]);
    let gateway = Gateway::start_with(config).await;
    let connect = async |origin: &str| {
        let mut request = format!("ws://{}/ws/ada", gateway.address)
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        Client::connect(request).await
    };
    assert!(connect("https://app.example.com").await.is_ok());
    for foreign in [
        "https://evil.example.com",
        "http://app.example.com",
        "null",
        "é",
    ] {
        let Err(tungstenite::Error::Http(response)) = connect(foreign).await else {
            panic!("{foreign} is permitted to connect");
        };
        assert_eq!(response.status(), 403);
        let body: serde_json::Value =
            serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["error"]["code"], "origin_not_allowed");
    }
    gateway.connect("ada").await;
}

#[tokio::test(start_paused = true)]
async fn cors_permits_only_listed_origins() {
    let list = AllowedOrigins::List(vec!["https://app.example.com".to_owned()]);
    for (origins, origin, allowed) in [
        (AllowedOrigins::Any, "https://any.example.com", Some("*")),
        (
            list.clone(),
            "https://app.example.com",
            Some("https://app.example.com"),
        ),
        (list, "https://evil.example.com", None),
    ] {
        let mut config = config();
        config.origins = origins;
        let gateway = Gateway::start_with(config).await;
        let request = Request::get("/healthz").header("origin", origin);
        let response = gateway.request(request.body(Body::empty()).unwrap()).await;
        let header = response.headers().get("access-control-allow-origin");
        assert_eq!(header.map(|value| value.to_str().unwrap()), allowed);
        let preflight = Request::options("/v1/workflows/w1/events")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "last-event-id");
        let response = gateway
            .request(preflight.body(Body::empty()).unwrap())
            .await;
        let header = response.headers().get("access-control-allow-origin");
        assert_eq!(header.map(|value| value.to_str().unwrap()), allowed);
    }
}

// Covers SEED-22.
#[tokio::test(start_paused = true)]
async fn starts_beyond_the_limit_in_flight_are_read_later() {
    let mut config = config();
    config.seed.max_starts_in_flight = 2;
    config.timeouts.start = Duration::from_secs(1);
    let gateway = Gateway::start_with(config).await;
    gateway.engine.hang_starts();
    let mut client = gateway.connect("ada").await;
    for number in 0..10 {
        client.start(json!(number)).await;
    }
    let began = Instant::now();
    for _ in 0..10 {
        let code = timeout(Duration::from_secs(10), client.error())
            .await
            .unwrap();
        assert_eq!(code, "timeout");
    }
    assert_eq!(began.elapsed().as_secs(), 5);
}

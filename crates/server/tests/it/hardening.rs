//! Hostile input: the gateway answers it or closes the connection, and serves other clients.

use axum::{body::Body, http::Method};
use fast_temporal_core::owner;
use fast_temporal_server::AllowedOrigins;
use futures_util::SinkExt as _;
use proptest::{collection::vec, prelude::any};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, sync::Mutex};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Gateway, RawSocket, Setup, Timer, code, for_random, frame, paused_runtime};

const PATHS: [&str; 2] = ["/ws/ada", "/v1/ws"];

async fn expect_served(gateway: &Gateway) {
    gateway.seed("someone-else").await.expect_served().await;
    gateway.v1().await.expect_served().await;
}

// Covers LIM-8, SEED-30, WS-31.
#[tokio::test(start_paused = true)]
async fn oversized_message_receives_too_large_and_the_connection_closes() {
    let gateway = Gateway::start_with(|setup| setup.config.requests.max_message_bytes = 1000).await;
    for size in [1001, 100_000, 3_000_000] {
        let mut client = gateway.seed("ada").await;
        // The gateway can close the connection during the message.
        let _ = client.stream.send(Message::text("x".repeat(size))).await;
        assert_eq!(client.error().await, "too_large", "{size}");
        assert_eq!(client.close_code().await, 1009, "{size}");
        let mut client = gateway.v1().await;
        let _ = client
            .socket
            .stream
            .send(Message::text("x".repeat(size)))
            .await;
        let response = client.frame().await;
        assert_eq!(response.get("id"), Some(&Value::Null), "{size}");
        assert_eq!(code(&response), "too_large", "{size}");
        assert_eq!(client.socket.close_code().await, 1009, "{size}");
    }
    let mut client = gateway.seed("ada").await;
    client.send("x".repeat(1000)).await;
    assert_eq!(client.error().await, "invalid_json");
    expect_served(&gateway).await;
}

// Covers SEED-30.
#[tokio::test(start_paused = true)]
async fn frame_header_with_a_huge_length_receives_too_large() {
    let gateway = Gateway::start().await;
    let mut raw = RawSocket::upgrade(gateway.address, "/ws/ada").await;
    let header = [&[0x81, 0xff, 0x7f][..], &[0xff; 7], &[0; 4]].concat();
    raw.send(&header).await;
    assert!(raw.text().await.contains("too_large"));
    assert_eq!(raw.close_code().await, 1009);
}

#[tokio::test(start_paused = true)]
async fn fragments_count_together_against_the_limit() {
    let gateway = Gateway::start_with(|setup| setup.config.requests.max_message_bytes = 1000).await;
    let mut raw = RawSocket::upgrade(gateway.address, "/ws/ada").await;
    raw.send(&frame(0x01, b"{")).await;
    raw.send(&frame(0x89, b"a ping between")).await;
    assert_eq!(raw.frame().await, (0x8a, b"a ping between".to_vec()));
    raw.send(&frame(0x80, b"]")).await;
    assert!(raw.text().await.contains("invalid_json"));
    raw.send(&frame(0x01, &[b' '; 600])).await;
    raw.send(&frame(0x00, &[b' '; 600])).await;
    assert!(raw.text().await.contains("too_large"));
    assert_eq!(raw.close_code().await, 1009);
}

#[tokio::test(start_paused = true)]
async fn close_frames_and_invalid_frames_close_the_connection() {
    let gateway = Gateway::start().await;
    for (bytes, code) in [
        (frame(0x88, &1000_u16.to_be_bytes()), 1000),
        // Not masked.
        (vec![0x81, 0x02, b'{', b'}'], 1002),
        // Reserved bits, reserved opcodes.
        (frame(0xf1, b"{}"), 1002),
        (frame(0x83, b"{}"), 1002),
        // A continuation without a start; a fragmented ping; a ping that is too long.
        (frame(0x80, b"{}"), 1002),
        (frame(0x09, b""), 1002),
        (frame(0x89, &[0; 126]), 1002),
        // Text that is not UTF-8.
        (frame(0x81, &[0xff, 0xfe]), 1007),
    ] {
        let mut raw = RawSocket::upgrade(gateway.address, "/ws/ada").await;
        raw.send(&bytes).await;
        assert_eq!(raw.close_code().await, code, "{bytes:?}");
        assert!(raw.rest().await.is_empty(), "{bytes:?}");
    }
    expect_served(&gateway).await;
}

// Covers SEED-9, WS-6.
#[test]
fn random_bytes_affect_only_their_own_connection() {
    let runtime = paused_runtime();
    let gateway = runtime.block_on(Gateway::start_with(Setup::disable_rate_limit));
    let bytes = vec(any::<u8>(), 0..300);
    let inputs = (bytes.clone(), any::<bool>(), bytes);
    for_random(&runtime, 300, &inputs, async |(first, framed, second)| {
        for path in PATHS {
            let mut raw = RawSocket::upgrade(gateway.address, path).await;
            for bytes in [&first, &second] {
                let bytes = if framed {
                    frame(0x81, bytes)
                } else {
                    bytes.clone()
                };
                let _ = raw.0.write_all(&bytes).await;
            }
        }
        expect_served(&gateway).await;
    });
}

// Covers SEED-9.
#[test]
fn random_json_starts_a_workflow_or_is_answered() {
    let runtime = paused_runtime();
    let gateway = runtime.block_on(Gateway::start_with(Setup::disable_rate_limit));
    let client = Mutex::new(runtime.block_on(gateway.seed("ada")));
    let message =
        r#"\{"(args|origin|workflow)":(\{"workflow_name":"?[a-z]{0,3}"?\}|[0-9\[\]"x]{0,6})\}"#;
    for_random(&runtime, 200, &message, async |message: String| {
        let before = gateway.engine.stats().starts;
        let mut client = client.lock().await;
        client.send(message.clone()).await;
        tokio::select! {
            biased;
            frame = client.frame() => assert_eq!(frame["status"], "Error", "{message}"),
            _ = gateway.engine.stats_reach(|stats| stats.starts > before) => {
                gateway.started(before + 1).await.fail("over");
                assert_eq!(client.frame().await["status"], "Failed");
            }
        }
    });
}

// Covers LIM-9.
#[tokio::test(start_paused = true)]
async fn request_head_has_a_timeout() {
    let gateway = Gateway::start().await;
    let mut raw = RawSocket::connect(gateway.address).await;
    raw.send(b"GET / HTTP/1.1\r\nHost: x\r\n").await;
    let timer = Timer::start();
    raw.rest().await;
    timer.expect(..=11.0);
}

// Covers SEED-25.
#[tokio::test(start_paused = true)]
async fn user_ids_have_a_maximum_length_and_are_percent_decoded() {
    let gateway = Gateway::start().await;
    let longest = "x".repeat(256);
    gateway.seed(&longest).await;
    gateway.seed("a%2Fb%20%C3%A9").await;
    for user in ["", &format!("{longest}x"), "%FF"] {
        let rejected = gateway.anonymous().seed(user).await;
        let rejected = rejected.expect_err("an invalid user id");
        assert_eq!(rejected.error(), (400, "invalid_user_id"), "{user}");
    }
    gateway.seed("%61da").await.start(json!(1)).await;
    assert!(owner::owns("ada", gateway.started(1).await.id()));
}

#[tokio::test(start_paused = true)]
async fn cors_permits_only_listed_origins() {
    let list = || AllowedOrigins::List(vec!["https://app.example.com".to_owned()]);
    let (own, other) = ("https://app.example.com", "https://evil.example.com");
    for (origins, origin, expected) in [
        (AllowedOrigins::Any, other, Some("*")),
        (list(), own, Some(own)),
        (list(), other, None),
    ] {
        let gateway = Gateway::start_with(|setup| setup.config.origins = origins).await;
        let page = gateway.anonymous().with("origin", origin);
        let reply = page.get("/healthz").await;
        assert_eq!(reply.header("access-control-allow-origin"), expected);
        let preflight = page
            .with("access-control-request-method", "GET")
            .with("access-control-request-headers", "last-event-id");
        let uri = "/v1/workflows/w1/events";
        let reply = preflight.request(Method::OPTIONS, uri, Body::empty()).await;
        assert_eq!(reply.header("access-control-allow-origin"), expected);
    }
}

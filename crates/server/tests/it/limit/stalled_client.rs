//! Clients that stop reading for a while, and then read again.
//!
//! Real time: whether a client is stalled depends on what the kernel buffers. The tests wait for the
//! gateway's log line about the disconnect, so a busy machine only makes them slower.

use std::time::Duration;

use fast_temporal_testkit::{event_stream::Parser, websocket::close_code};
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt as _,
    time::{sleep, timeout},
};
use tracing::Level;

use crate::support::{CapturedLog, Gateway, RawSocket, frame, payload, to_json};

/// More small events than the kernel buffers for a stalled client.
const MANY: usize = 10_000;
/// Longer than the gateway needs for anything here, on any machine.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// Starts a gateway with a short write timeout.
async fn impatient_gateway() -> Gateway {
    Gateway::start_with(|setup| {
        setup.config.connections.write_timeout = Duration::from_secs(1);
        setup.disable_rate_limit();
    })
    .await
}

/// Sends pings without reading, until the gateway has logged that the client is stalled.
async fn stall(raw: &mut RawSocket, log: &CapturedLog) {
    let stalled = async {
        while !log.text().contains("reason=Stalled") {
            raw.send(&frame(0x89, b"alive")).await;
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(MAX_WAIT, stalled).await.expect("a disconnect");
}

/// Returns all texts up to the close frame, and its code. Expects nothing after it, and no reset.
async fn read_to_close(raw: &mut RawSocket) -> (Vec<String>, u16) {
    let mut texts = Vec::new();
    loop {
        let (first, payload) = timeout(MAX_WAIT, raw.frame())
            .await
            .expect("the frames that were sent");
        match first {
            0x81 => texts.push(String::from_utf8(payload).expect("whole texts")),
            0x89 | 0x8a => {}
            0x88 => {
                let code = close_code(&payload).unwrap();
                let mut rest = Vec::new();
                raw.0.read_to_end(&mut rest).await.expect("no reset");
                assert_eq!(rest, b"");
                return (texts, code);
            }
            other => panic!("unexpected frame {other:#x}"),
        }
    }
}

// Covers LIM-10, SEED-27, WS-27.
#[tokio::test]
async fn stalled_client_that_reads_again_sees_whole_frames_and_4002() {
    for (name_bytes, activities) in [(1_000, 5_000), (200_000, 40), (600_000, 20)] {
        let (log, _guard) = CapturedLog::start(Level::DEBUG);
        let gateway = impatient_gateway().await;
        let mut stalled = RawSocket::upgrade(gateway.address, "/ws/ada").await;
        let mut other = gateway.seed("ada").await;
        other.start(json!(null)).await;
        let workflow = gateway.started(1).await;
        let name = "x".repeat(name_bytes);
        for _ in 0..activities {
            workflow.schedule(&name);
        }
        for _ in 0..activities {
            assert_eq!(other.frame().await["status"], "Running");
        }
        stall(&mut stalled, &log).await;
        let (texts, code) = read_to_close(&mut stalled).await;
        assert_eq!(code, 4002, "{name_bytes}");
        assert!(!texts.is_empty() && texts.len() < activities);
        for text in texts {
            let frame: Value = serde_json::from_str(&text).expect("a whole frame");
            assert_eq!(frame["message"], format!("{name}: Running"));
        }
        // Other clients are unaffected.
        workflow.schedule("next");
        assert_eq!(other.frame().await["message"], "next: Running");
    }
}

// Covers SEED-27.
#[tokio::test]
async fn stalled_seed_client_is_disconnected_and_others_are_served() {
    let gateway = impatient_gateway().await;
    let stalled = RawSocket::upgrade(gateway.address, "/ws/ada").await;
    let mut client = gateway.seed("ada").await;
    let result = payload("x".repeat(1024 * 1024));
    for number in 1..=20 {
        client.start(json!(number)).await;
        gateway.started(number).await.complete(result.clone());
        assert_eq!(client.frame().await["status"], "Done");
    }
    stalled.expect_reset().await;
}

// Covers WS-27.
#[tokio::test]
async fn stalled_v1_client_resumes_without_loss() {
    let (log, _guard) = CapturedLog::start(Level::DEBUG);
    let gateway = impatient_gateway().await;
    let workflow = gateway.engine.workflow("w1");
    let mut stalled = RawSocket::upgrade(gateway.address, "/v1/ws").await;
    let subscribe = r#"{"id": 1, "op": "subscribe", "workflow_id": "w1"}"#;
    stalled.send(&frame(0x81, subscribe.as_bytes())).await;
    stalled.frame().await;
    workflow.signals(MANY);
    stall(&mut stalled, &log).await;
    let (texts, code) = read_to_close(&mut stalled).await;
    assert_eq!(code, 4002);
    let mut seen = Vec::new();
    for text in texts {
        let mut frame: Value = serde_json::from_str(&text).expect("a whole frame");
        if let Some(event) = frame.get_mut("event") {
            seen.push(event.take());
        }
    }
    assert!(!seen.is_empty() && seen.len() < MANY, "{}", seen.len());
    let after = &seen.last().unwrap()["cursor"];
    let mut client = gateway.v1().await;
    let again = json!({"workflow_id": "w1", "after": after});
    client.call("subscribe", again).await;
    seen.extend(client.events(MANY + 1 - seen.len()).await);
    assert_eq!(seen, to_json(&workflow.events()));
}

// Covers WS-28.
#[tokio::test]
async fn stalled_event_stream_ends_and_resumes_without_loss() {
    let (log, _guard) = CapturedLog::start(Level::DEBUG);
    let gateway = impatient_gateway().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(MANY);
    let mut stalled = RawSocket::connect(gateway.address).await;
    let uri = "/v1/workflows/w1/events";
    let request = format!("GET {uri} HTTP/1.1\r\nHost: x\r\n\r\n");
    stalled.request(&request).await;
    let aborted = async {
        while !log.text().contains("connection failed") {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(MAX_WAIT, aborted).await.expect("a disconnect");
    // The last block can be incomplete.
    let blocks = Parser::default().push(&chunks(&stalled.rest().await));
    let data = blocks.unwrap().into_iter().filter_map(|block| block.data);
    let mut seen: Vec<_> = data.filter(|data| data.get("type").is_some()).collect();
    assert!(!seen.is_empty() && seen.len() < MANY, "{}", seen.len());
    while seen.len() <= MANY {
        let after = seen.last().unwrap()["cursor"].as_str().unwrap();
        let mut rest = gateway.get_ok(&format!("{uri}?wait=0&after={after}")).await;
        seen.append(rest["events"].as_array_mut().unwrap());
    }
    assert_eq!(seen, to_json(&workflow.events()));
}

/// Decodes a chunked body, up to where it breaks off.
fn chunks(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(at) = body.windows(2).position(|two| two == b"\r\n") {
        let length = str::from_utf8(&body[..at]).unwrap();
        let length = usize::from_str_radix(length, 16).expect("a length");
        let rest = &body[at + 2..];
        whole.extend_from_slice(&rest[..length.min(rest.len())]);
        body = rest.get(length + 2..).unwrap_or_default();
    }
    whole
}

//! Clients that stop reading for a while, and then read again.
//!
//! Real time: whether a client is stalled depends on what the kernel buffers. The tests wait for the
//! gateway's log line about the disconnect, so a busy machine only makes them slower.

use std::time::Duration;

use fast_temporal_protocol::Event;
use fast_temporal_server::AppConfig;
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt as _,
    time::{sleep, timeout},
};
use tracing::Level;

use crate::support::{Gateway, Log, Raw, V1, config, frame, json};

/// More small events than the kernel buffers for a stalled client.
const MANY: usize = 10_000;
/// Longer than the gateway needs for anything here, on any machine.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// A configuration with a short write timeout.
fn impatient() -> AppConfig {
    let mut config = config();
    config.connections.write_timeout = Duration::from_secs(1);
    config.requests.per_second = 0;
    config
}

/// Sends pings without reading, until the gateway has logged that the client is stalled.
async fn stall(raw: &mut Raw, log: &Log) {
    let stalled = async {
        while !log.text().contains("reason=Stalled") {
            raw.send(&frame(0x89, b"alive")).await;
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(MAX_WAIT, stalled).await.expect("a disconnect");
}

/// Returns all texts up to the close frame, and its code. Expects nothing after it, and no reset.
async fn read_to_close(raw: &mut Raw) -> (Vec<String>, u16) {
    let mut texts = Vec::new();
    loop {
        let (first, payload) = timeout(MAX_WAIT, raw.frame())
            .await
            .expect("the frames that were sent");
        match first {
            0x81 => texts.push(String::from_utf8(payload).expect("whole texts")),
            0x89 | 0x8a => {}
            0x88 => {
                let code = u16::from_be_bytes([payload[0], payload[1]]);
                let mut rest = Vec::new();
                raw.0.read_to_end(&mut rest).await.expect("no reset");
                assert_eq!(rest, b"");
                return (texts, code);
            }
            other => panic!("unexpected frame {other:#x}"),
        }
    }
}

// Covers SEED-27, LIM-10, WS-27.
#[tokio::test]
async fn stalled_client_that_reads_again_sees_whole_frames_and_4002() {
    for (name_bytes, activities) in [(1_000, 5_000), (200_000, 40), (600_000, 20)] {
        let log = Log::default();
        let _guard = log.take(Level::DEBUG);
        let gateway = Gateway::start_with(impatient()).await;
        let mut stalled = Raw::upgrade(gateway.address, "/ws/ada").await;
        let mut other = gateway.connect("ada").await;
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

// Covers WS-27.
#[tokio::test]
async fn stalled_v1_client_resumes_without_loss() {
    let log = Log::default();
    let _guard = log.take(Level::DEBUG);
    let gateway = Gateway::start_with(impatient()).await;
    let workflow = gateway.engine.workflow("w1");
    let mut stalled = Raw::upgrade(gateway.address, "/v1/ws").await;
    let subscribe = json!({"id": 1, "op": "subscribe", "workflow_id": "w1"});
    stalled
        .send(&frame(0x81, subscribe.to_string().as_bytes()))
        .await;
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
    let mut client = V1::connect(&gateway).await;
    let again = json!({"workflow_id": "w1", "after": after});
    client.call("subscribe", again).await;
    seen.extend(client.events(MANY + 1 - seen.len()).await);
    assert_eq!(seen, values(&workflow.events()));
}

// Covers WS-28.
#[tokio::test]
async fn stalled_event_stream_ends_and_resumes_without_loss() {
    let log = Log::default();
    let _guard = log.take(Level::DEBUG);
    let gateway = Gateway::start_with(impatient()).await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(MANY);
    let mut stalled = Raw::connect(gateway.address).await;
    let uri = "/v1/workflows/w1/events";
    let request = format!("GET {uri} HTTP/1.1\r\nHost: x\r\n\r\n");
    stalled.request(&request).await;
    let aborted = async {
        while !log.text().contains("connection failed") {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(MAX_WAIT, aborted).await.expect("a disconnect");
    // The last block may be incomplete.
    let text = String::from_utf8(chunks(&stalled.rest().await)).unwrap();
    let (whole, _) = text.rsplit_once("\n\n").expect("some blocks");
    let mut seen: Vec<Value> = whole.split("\n\n").filter_map(event).collect();
    assert!(!seen.is_empty() && seen.len() < MANY, "{}", seen.len());
    while seen.len() <= MANY {
        let after = seen.last().unwrap()["cursor"].as_str().unwrap();
        let rest = gateway.get(&format!("{uri}?wait=0&after={after}")).await;
        let (_, mut rest) = json(rest).await;
        seen.append(rest["events"].as_array_mut().unwrap());
    }
    assert_eq!(seen, values(&workflow.events()));
}

/// The event of a block, if any.
fn event(block: &str) -> Option<Value> {
    let data = block.lines().find_map(|line| line.strip_prefix("data: "))?;
    let event: Value = serde_json::from_str(data).expect("JSON");
    event.get("type").is_some().then_some(event)
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

fn values(events: &[Event]) -> Vec<Value> {
    let values = events.iter().map(serde_json::to_value);
    values.map(Result::unwrap).collect()
}

//! Clients that take nothing for a while, and then read on.
//!
//! Time is real here: whether a client takes anything is for the kernel to say.

use std::time::Duration;

use fast_temporal_protocol::Event;
use fast_temporal_server::AppConfig;
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt as _,
    time::{sleep, timeout},
};

use crate::{
    gateway::{self, Gateway, config},
    raw::{Raw, frame},
    v1::V1,
};

/// Longer than a client may take nothing in these tests.
const STALL: Duration = Duration::from_secs(1);
/// More than the system holds for a client that takes nothing, of events that are small.
const MANY: usize = 10_000;

/// A client is parted from after a third of a second.
fn impatient() -> AppConfig {
    let mut config = config();
    config.connections.write_timeout = Duration::from_millis(300);
    config.requests.per_second = 0;
    config
}

/// Takes nothing until the gateway has parted from it, though it gives signs of life.
async fn stall(raw: &mut Raw) {
    for _ in 0..10 {
        raw.send(&frame(0x89, b"alive")).await;
        sleep(STALL / 10).await;
    }
}

/// All texts, up to the close frame, whose code is given, too. What comes after it is nothing, and
/// the connection is not reset.
async fn read_on(raw: &mut Raw) -> (Vec<String>, u16) {
    let mut texts = Vec::new();
    loop {
        let (first, payload) = timeout(Duration::from_secs(10), raw.frame())
            .await
            .expect("what was sent is there");
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
            other => panic!("no such frame is sent: {other:#x}"),
        }
    }
}

// Covers SEED-27, LIM-10, WS-27.
#[tokio::test]
async fn a_client_that_takes_nothing_and_reads_on_sees_whole_frames_and_is_told_to_come_back() {
    for (name_bytes, activities) in [(1_000, 5_000), (200_000, 40), (600_000, 20)] {
        let gateway = Gateway::start_with(impatient()).await;
        let mut deaf = Raw::upgrade(gateway.address, "/ws/ada").await;
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
        stall(&mut deaf).await;
        let (texts, code) = read_on(&mut deaf).await;
        assert_eq!(code, 4002, "{name_bytes}");
        assert!(!texts.is_empty() && texts.len() < activities);
        for text in texts {
            let frame: Value = serde_json::from_str(&text).expect("a whole frame");
            assert_eq!(frame["message"], format!("{name}: Running"));
        }
        // Others go on.
        workflow.schedule("next");
        assert_eq!(other.frame().await["message"], "next: Running");
    }
}

// Covers WS-27.
#[tokio::test]
async fn a_v1_client_that_took_nothing_comes_back_and_has_lost_nothing() {
    let gateway = Gateway::start_with(impatient()).await;
    let workflow = gateway.engine.workflow("w1");
    let mut deaf = Raw::upgrade(gateway.address, "/v1/ws").await;
    let subscribe = json!({"id": 1, "op": "subscribe", "workflow_id": "w1"});
    deaf.send(&frame(0x81, subscribe.to_string().as_bytes()))
        .await;
    deaf.frame().await;
    workflow.signals(MANY);
    stall(&mut deaf).await;
    let (texts, code) = read_on(&mut deaf).await;
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
async fn a_stream_that_took_nothing_ends_and_has_lost_nothing_when_it_comes_back() {
    let gateway = Gateway::start_with(impatient()).await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(MANY);
    let mut deaf = Raw::connect(gateway.address).await;
    let uri = "/v1/workflows/w1/events";
    let request = format!("GET {uri} HTTP/1.1\r\nHost: x\r\n\r\n");
    deaf.request(&request).await;
    sleep(STALL).await;
    // Of a stream that ends in the middle of a block, that block does not count.
    let text = String::from_utf8(chunks(&deaf.rest().await)).unwrap();
    let (whole, _) = text.rsplit_once("\n\n").expect("some blocks");
    let mut seen: Vec<Value> = whole.split("\n\n").filter_map(event).collect();
    assert!(!seen.is_empty() && seen.len() < MANY, "{}", seen.len());
    while seen.len() <= MANY {
        let after = seen.last().unwrap()["cursor"].as_str().unwrap();
        let rest = gateway.get(&format!("{uri}?wait=0&after={after}")).await;
        let (_, mut rest) = gateway::json(rest).await;
        seen.append(rest["events"].as_array_mut().unwrap());
    }
    assert_eq!(seen, values(&workflow.events()));
}

/// The event of a block, if it holds one.
fn event(block: &str) -> Option<Value> {
    let data = block.lines().find_map(|line| line.strip_prefix("data: "))?;
    let event: Value = serde_json::from_str(data).expect("JSON");
    event.get("type").is_some().then_some(event)
}

/// What a body in chunks holds, as far as it goes.
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

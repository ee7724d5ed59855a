//! Fairness between slow clients, busy workflows and floods of messages.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, owner};
use fast_temporal_protocol::event::SignalReceived;
use fast_temporal_testkit::fake::FakeWorkflow;
use serde_json::json;
use tokio::time::sleep;

use crate::support::{Gateway, Setup, payload};

/// Starts a gateway that keeps whole histories in memory, so that replaying them never waits.
async fn start_in_memory() -> Gateway {
    let feed = FeedConfig {
        ring_events: 100_000,
        ring_bytes: usize::MAX,
        ..FeedConfig::default()
    };
    Gateway::start_with(|setup| setup.feed = feed).await
}

fn push_signal(workflow: &FakeWorkflow, name: String, bytes: usize) {
    workflow.push(SignalReceived {
        name,
        input: vec![payload("x".repeat(bytes))],
    });
}

// Covers WS-15.
#[tokio::test(start_paused = true)]
async fn long_replay_delays_neither_requests_nor_other_workflows() {
    let gateway = start_in_memory().await;
    let long = gateway.engine.workflow("long");
    for _ in 0..20_000 {
        push_signal(&long, "s".to_owned(), 1000);
    }
    gateway.engine.workflow("short");
    let mut client = gateway.v1().await;
    client.subscribe("long").await;
    client.events(100).await;
    // The replay has begun.
    let short = json!({"workflow_id": "short"});
    let requests = [
        client.send_request("ping", json!({})).await,
        client.send_request("subscribe", short.clone()).await,
        client.send_request("describe", short).await,
    ];
    let (mut of_long, mut before_short, mut before_responses) = (100, None, Vec::new());
    while of_long < 20_001 {
        let frame = client.frame().await;
        if let Some(id) = frame["id"].as_u64() {
            assert!(requests.contains(&id) && frame["ok"] == true, "{frame}");
            before_responses.push(of_long);
        } else if frame["event"]["workflow_id"] == "short" {
            before_short = Some(of_long);
        } else if frame.get("event").is_some() {
            of_long += 1;
        }
    }
    // Sockets buffer a part of the replay.
    let is_early = |before: &usize| *before < 10_000;
    assert!(
        before_short.is_some_and(|before| is_early(&before)),
        "{before_short:?}"
    );
    assert_eq!(before_responses.len(), 3);
    assert!(
        before_responses.iter().all(is_early),
        "{before_responses:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn long_replay_does_not_delay_seed_messages() {
    let gateway = start_in_memory().await;
    let id = format!("{}long", owner::prefix("ada"));
    let workflow = gateway.engine.workflow(&id);
    let name = "x".repeat(1000);
    for _ in 0..20_000 {
        workflow.schedule(&name);
    }
    let mut client = gateway.seed("ada").await;
    for _ in 0..100 {
        client.frame().await;
    }
    // The replay has begun.
    client.send("{").await;
    let mut frames_before = 0;
    while client.frame().await["status"] == "Running" {
        frames_before += 1;
    }
    // Sockets buffer a part of the replay.
    assert!(frames_before < 10_000, "{frames_before}");
}

// Covers WS-15.
#[tokio::test(start_paused = true)]
async fn flood_of_messages_does_not_delay_events() {
    let gateway = Gateway::start_with(Setup::disable_rate_limit).await;
    let workflow = gateway.engine.workflow("w1");
    let mut client = gateway.v1().await;
    client.subscribe("w1").await;
    for _ in 0..2000 {
        client.socket.send("{").await;
    }
    workflow.signal("s");
    let mut responses = 0;
    let mut received_after = None;
    while responses < 2000 {
        let frame = client.frame().await;
        if frame.get("id").is_some() {
            responses += 1;
        } else if frame["event"]["type"] == "signal.received" {
            received_after = Some(responses);
        }
    }
    assert!(
        received_after.is_some_and(|after| after < 2000),
        "{received_after:?}"
    );
}

// Covers WS-16.
#[tokio::test(start_paused = true)]
async fn slow_client_receives_every_event() {
    // A paused clock advances while sockets are busy.
    let long = Duration::from_hours(24);
    let gateway = Gateway::start_with(|setup| {
        setup.config.connections.write_timeout = long;
        setup.config.websocket.idle_timeout = long;
    });
    let gateway = gateway.await;
    let workflow = gateway.engine.workflow("w1");
    let mut slow = gateway.v1().await;
    let mut quick = gateway.v1().await;
    for client in [&mut slow, &mut quick] {
        client.socket.max_wait = long;
        client.subscribe("w1").await;
    }
    // More than the ring and the sockets hold.
    for number in 0..10_000 {
        push_signal(&workflow, format!("s{number}"), 2000);
        if number % 100 == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    }
    for client in [&mut quick, &mut slow] {
        let events = client.events(10_001).await;
        for (number, event) in events[1..].iter().enumerate() {
            assert_eq!(event["data"]["name"], format!("s{number}"));
        }
    }
}

//! Fairness between slow clients, busy workflows and floods of messages.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, owner};
use fast_temporal_protocol::{Json, event::SignalReceived};
use fast_temporal_testkit::fake::FakeEngine;
use serde_json::json;

use crate::support::{Gateway, V1, config};

/// Keeps whole histories in memory, so that replaying them never waits.
fn in_memory() -> FeedConfig {
    FeedConfig {
        ring_events: 100_000,
        ring_bytes: usize::MAX,
        ..FeedConfig::default()
    }
}

// Covers WS-15.
#[tokio::test(start_paused = true)]
async fn long_replay_delays_neither_requests_nor_other_workflows() {
    let gateway = Gateway::start_following(FakeEngine::new(), config(), in_memory()).await;
    let long = gateway.engine.workflow("long");
    let argument = Json::from_value(&"x".repeat(1000)).unwrap();
    for _ in 0..20_000 {
        long.push(SignalReceived {
            name: "s".to_owned(),
            input: vec![argument.clone()],
        });
    }
    let short = gateway.engine.workflow("short");
    let mut client = V1::connect(&gateway).await;
    client
        .call("subscribe", json!({"workflow_id": "long"}))
        .await;
    client.events(100).await;
    // The replay has begun.
    let asked = [
        client.send_request("ping", json!({})).await,
        client
            .send_request("subscribe", json!({"workflow_id": "short"}))
            .await,
        client
            .send_request("describe", json!({"workflow_id": "short"}))
            .await,
    ];
    let (mut of_long, mut before_short, mut before_answers) = (100, None, Vec::new());
    while of_long < 20_001 {
        let frame = client.frame().await;
        if let Some(id) = frame["id"].as_u64() {
            assert!(asked.contains(&id) && frame["ok"] == true, "{frame}");
            before_answers.push(of_long);
        } else if frame["event"]["workflow_id"] == **short.id() {
            before_short = Some(of_long);
        } else if frame.get("event").is_some() {
            of_long += 1;
        }
    }
    // Sockets buffer a part of the replay.
    let few = 10_000;
    assert!(
        before_short.is_some_and(|before| before < few),
        "{before_short:?}"
    );
    assert_eq!(before_answers.len(), 3);
    assert!(
        before_answers.iter().all(|before| *before < few),
        "{before_answers:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn long_replay_does_not_delay_seed_messages() {
    let gateway = Gateway::start_following(FakeEngine::new(), config(), in_memory()).await;
    let workflow = gateway
        .engine
        .workflow(&format!("{}long", owner::prefix("ada")));
    let name = "x".repeat(1000);
    for _ in 0..20_000 {
        workflow.schedule(&name);
    }
    let mut client = gateway.connect("ada").await;
    client.frames(100).await;
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
    let mut config = config();
    config.requests.per_second = 0;
    let gateway = Gateway::start_with(config).await;
    let workflow = gateway.engine.workflow("w1");
    let mut client = V1::connect(&gateway).await;
    client.call("subscribe", json!({"workflow_id": "w1"})).await;
    for _ in 0..2000 {
        client.client.send("{").await;
    }
    workflow.signal("s");
    let mut answers = 0;
    let mut told_after = None;
    while answers < 2000 {
        let frame = client.frame().await;
        if frame.get("id").is_some() {
            answers += 1;
        } else if frame["event"]["type"] == "signal.received" {
            told_after = Some(answers);
        }
    }
    assert!(
        told_after.is_some_and(|after| after < 2000),
        "{told_after:?}"
    );
}

// Covers WS-16.
#[tokio::test(start_paused = true)]
async fn slow_client_receives_every_event() {
    let mut config = config();
    // A paused clock advances while sockets are busy.
    config.connections.write_timeout = Duration::from_hours(24);
    let gateway = Gateway::start_with(config).await;
    let workflow = gateway.engine.workflow("w1");
    let mut client = V1::connect(&gateway).await;
    let mut quick = V1::connect(&gateway).await;
    for client in [&mut client, &mut quick] {
        client.call("subscribe", json!({"workflow_id": "w1"})).await;
    }
    // More than the ring and the sockets hold.
    let argument = Json::from_value(&"x".repeat(2000)).unwrap();
    for number in 0..10_000 {
        workflow.push(SignalReceived {
            name: format!("s{number}"),
            input: vec![argument.clone()],
        });
        if number % 100 == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    for client in [&mut quick, &mut client] {
        let events = client.events(10_001).await;
        for (number, event) in events[1..].iter().enumerate() {
            assert_eq!(event["data"]["name"], format!("s{number}"));
        }
    }
}

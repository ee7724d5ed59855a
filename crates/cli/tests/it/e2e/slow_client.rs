//! A stalled client among others.

use std::{collections::BTreeMap, time::Duration};

use fast_temporal_testkit::dev_server;
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::support::{Frame, Gateway, Python, RawClient, SeedClient, Workflow, within};

/// How long the client stalls.
const SILENCE: Duration = Duration::from_mins(1);
/// The number of workflows that its user runs meanwhile. Their results fill all buffers on the way to the client; those of
/// the system hold a few megabytes.
const WORKFLOWS: usize = 30;
const RESULT_BYTES: usize = 300_000;
/// The time limit of another user's workflow meanwhile, on a busy machine.
const IN_TIME: Duration = Duration::from_secs(10);

const STEPS: Workflow = Workflow::named("StepsWorkflow");

fn args(id: &str, bytes: usize) -> Value {
    json!({"steps": [format!("echo {id}")], "arg": "x".repeat(bytes)})
}

fn expected_frames(id: &str, bytes: usize) -> Vec<Frame> {
    Frame::sequence(
        &[&format!("echo {id}")],
        json!({"results": ["x".repeat(bytes)]}),
    )
}

/// Transitions by activity, and the number of results.
fn summary(frames: &[Frame]) -> (BTreeMap<String, Vec<String>>, usize) {
    let mut transitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for frame in frames {
        if let Some(activity) = frame.activity() {
            let of_activity = transitions.entry(activity.to_owned()).or_default();
            of_activity.push(frame.status.clone());
        }
    }
    let result = Frame::done(json!({"results": ["x".repeat(RESULT_BYTES)]}));
    let results = frames.iter().filter(|frame| **frame == result).count();
    (transitions, results)
}

fn full_summary() -> (BTreeMap<String, Vec<String>>, usize) {
    let both = || vec!["Running".to_owned(), "Completed".to_owned()];
    let transitions = (0..WORKFLOWS).map(|number| (format!("echo slow-{number}"), both()));
    (transitions.collect(), WORKFLOWS)
}

/// Runs all workflows of the user in sequence and returns their messages. The stalled connection doesn't start them itself,
/// as the gateway doesn't read from a client that doesn't receive the responses.
async fn run_all(client: &mut SeedClient) -> Vec<Frame> {
    let mut frames = Vec::new();
    for number in 0..WORKFLOWS {
        let args = args(&format!("slow-{number}"), RESULT_BYTES);
        client.start(STEPS, &args).await;
        frames.extend(client.frames_until_done().await);
    }
    frames
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stalls_for_a_minute_delays_no_client_and_misses_no_message() {
    let temporal = dev_server::start().await;
    let longer = [
        ("FAST_TEMPORAL_WRITE_TIMEOUT_SECONDS", "180"),
        ("FAST_TEMPORAL_IDLE_TIMEOUT_SECONDS", "180"),
    ];
    let gateway = Gateway::start_with(&temporal, &longer).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let mut same_user = SeedClient::connect(&gateway, "slow").await;
    let mut other_user = SeedClient::connect(&gateway, "quick").await;
    let mut slow = RawClient::connect(&gateway, "slow").await;

    let silence_ends = Instant::now() + SILENCE;
    let mut readers = JoinSet::new();
    readers.spawn(async move {
        let frames = run_all(&mut same_user).await;
        assert_eq!(summary(&frames), full_summary(), "on another connection");
        // It continues to receive messages of its own workflows.
        same_user.assert_silent().await;
    });
    readers.spawn(async move {
        let mut number = 0;
        while Instant::now() < silence_ends {
            let id = format!("quick-{number}");
            other_user.start(STEPS, &args(&id, 10)).await;
            let frames = within(IN_TIME, &id, other_user.frames_until_done()).await;
            assert_eq!(frames, expected_frames(&id, 10));
            number += 1;
        }
    });
    while let Some(outcome) = readers.join_next().await {
        outcome.expect("a reader that does not fail");
    }

    sleep_until(silence_ends).await;
    let mut frames = Vec::new();
    while frames.len() < 3 * WORKFLOWS {
        let frame = slow.frame().await.expect("a connection that lives");
        assert_eq!(frame.opcode, 1, "{frame:?}");
        frames.push(Frame::parse(&frame.text()));
    }
    assert_eq!(summary(&frames), full_summary(), "on the slow connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stalls_beyond_the_write_timeout_is_disconnected() {
    let temporal = dev_server::start().await;
    let shorter = [
        ("FAST_TEMPORAL_WRITE_TIMEOUT_SECONDS", "2"),
        ("RUST_LOG", "info,fast_temporal_server=debug"),
    ];
    let gateway = Gateway::start_with(&temporal, &shorter).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let mut other = SeedClient::connect(&gateway, "slow").await;
    let mut slow = RawClient::connect(&gateway, "slow").await;

    let frames = run_all(&mut other).await;
    assert_eq!(summary(&frames), full_summary(), "on another connection");
    // An open connection would still deliver everything in the system's buffers.
    let log = gateway.process();
    log.log_line(|line| line.contains("disconnected") && line.contains("Stalled"))
        .await;
    assert!(slow.rest().await.len() < 3 * WORKFLOWS);
}

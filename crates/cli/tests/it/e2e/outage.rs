//! Temporal crashes and restarts.

use std::collections::BTreeMap;

use fast_temporal_testkit::dev_server;
use serde_json::json;

use crate::support::{Frame, Gate, Gateway, Python, SeedClient, Workflow};

const STEPS: Workflow = Workflow::named("StepsWorkflow");
/// The number of running workflows when Temporal crashes.
const WORKFLOWS: usize = 4;
/// The number of activities of each workflow.
const ACTIVITIES: usize = 4;

fn activity(workflow: usize, step: usize) -> String {
    format!("gate {workflow}/{step}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporal_restart_during_a_workflow_neither_loses_nor_repeats_messages() {
    let mut temporal = dev_server::start_with_database().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let gate = Gate::open().await;
    let mut client = SeedClient::connect(&gateway, "alice").await;

    // Each workflow has completed one activity more than the previous one.
    let mut expected = Vec::new();
    let mut waiting = Vec::new();
    for workflow in 0..WORKFLOWS {
        let steps: Vec<_> = (0..ACTIVITIES)
            .map(|step| activity(workflow, step))
            .collect();
        let names: Vec<&str> = steps.iter().map(String::as_str).collect();
        client
            .start(STEPS, &json!({"steps": steps, "arg": gate.address()}))
            .await;
        gate.pass(&names[..workflow]).await;
        waiting.push(gate.arrival().await);
        expected.push(Frame::sequence(&names, json!({"results": steps})));
    }
    let before: usize = (0..WORKFLOWS).map(|workflow| 2 * workflow + 1).sum();
    let mut frames = client.frames(before).await;

    temporal.kill().await;
    gateway.becomes_ready(false).await;
    temporal.restart().await;
    for visitor in waiting {
        visitor.resume().await;
    }
    let remaining: usize = (1..ACTIVITIES).sum();
    for _ in 0..remaining {
        gate.arrival().await.resume().await;
    }
    let all: usize = expected.iter().map(Vec::len).sum();
    frames.extend(client.frames(all - before).await);

    assert_eq!(by_workflow(frames), expected);
    client.assert_silent().await;
}

/// Returns the messages of each workflow in order.
fn by_workflow(frames: Vec<Frame>) -> Vec<Vec<Frame>> {
    let mut frames_of: BTreeMap<String, Vec<Frame>> = BTreeMap::new();
    for frame in frames {
        let first_result = || frame.message["results"][0].as_str();
        let name = frame
            .activity()
            .or_else(first_result)
            .expect("a step's name");
        let (workflow, _) = name.split_once('/').expect("a step's name");
        frames_of
            .entry(workflow.to_owned())
            .or_default()
            .push(frame);
    }
    frames_of.into_values().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_fails_without_temporal_and_succeeds_after_it_returns() {
    let mut temporal = dev_server::start_with_database().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let mut client = SeedClient::connect(&gateway, "alice").await;
    let args = json!({"steps": ["echo one"], "arg": 1});

    temporal.kill().await;
    client.start(STEPS, &args).await;
    let error = client.frame().await;
    assert_eq!(error.status, "Error");
    assert_eq!(error.code.as_deref(), Some("temporal_unavailable"));

    temporal.restart().await;
    let _worker = python.seed_worker(&temporal).await;
    client.start(STEPS, &args).await;
    let expected = Frame::sequence(&["echo one"], json!({"results": [1]}));
    assert_eq!(client.frames_until_done().await, expected);
}

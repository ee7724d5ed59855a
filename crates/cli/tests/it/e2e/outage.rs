//! Temporal dies and comes back.

use std::collections::BTreeMap;

use fast_temporal_testkit::dev_server;
use serde_json::json;

use super::fixture::{Frame, Gate, Gateway, Python, SeedClient, Workflow};

const STEPS: Workflow = Workflow::named("StepsWorkflow");
/// How many workflows are under way when Temporal dies.
const WORKFLOWS: usize = 4;
/// How many activities each has.
const ACTIVITIES: usize = 4;

fn activity(workflow: usize, step: usize) -> String {
    format!("gate {workflow}/{step}")
}

#[tokio::test(flavor = "multi_thread")]
async fn temporal_killed_in_mid_workflow_and_started_again_loses_and_doubles_nothing() {
    let mut temporal = dev_server::start_with_database().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let gate = Gate::open().await;
    let mut client = SeedClient::connect(&gateway, "alice").await;

    // Each workflow is one activity further than the one before it.
    let mut stories = Vec::new();
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
        stories.push(Frame::story(&names, json!({"results": steps})));
    }
    let before: usize = (0..WORKFLOWS).map(|workflow| 2 * workflow + 1).sum();
    let mut frames = client.frames(before).await;

    temporal.kill().await;
    gateway.becomes_ready(false).await;
    temporal.restart().await;
    for visitor in waiting {
        visitor.go_on().await;
    }
    let to_come: usize = (1..ACTIVITIES).sum();
    for _ in 0..to_come {
        gate.arrival().await.go_on().await;
    }
    let all: usize = stories.iter().map(Vec::len).sum();
    frames.extend(client.frames(all - before).await);

    assert_eq!(by_workflow(frames), stories);
    client.assert_silent().await;
}

/// The frames of each workflow, in the order in which they came.
fn by_workflow(frames: Vec<Frame>) -> Vec<Vec<Frame>> {
    let mut stories: BTreeMap<String, Vec<Frame>> = BTreeMap::new();
    for frame in frames {
        let first_result = || frame.message["results"][0].as_str();
        let name = frame
            .activity()
            .or_else(first_result)
            .expect("a step's name");
        let (workflow, _) = name.split_once('/').expect("a step's name");
        stories.entry(workflow.to_owned()).or_default().push(frame);
    }
    stories.into_values().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_temporal_is_refused_and_one_after_its_return_works() {
    let mut temporal = dev_server::start_with_database().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let mut client = SeedClient::connect(&gateway, "alice").await;
    let args = json!({"steps": ["echo one"], "arg": 1});

    temporal.kill().await;
    client.start(STEPS, &args).await;
    let refused = client.frame().await;
    assert_eq!(refused.status, "Error");
    assert_eq!(refused.code.as_deref(), Some("temporal_unavailable"));

    temporal.restart().await;
    let _worker = python.seed_worker(&temporal).await;
    client.start(STEPS, &args).await;
    let story = Frame::story(&["echo one"], json!({"results": [1]}));
    assert_eq!(client.frames_until_done().await, story);
}

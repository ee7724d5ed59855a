//! Workflows that wait for a worker, and users who reconnect.

use fast_temporal_testkit::dev_server;
use serde_json::json;

use crate::support::{Frame, Gate, Gateway, Python, SeedClient, Workflow};

const STEPS: Workflow = Workflow::named("StepsWorkflow");

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_without_a_worker_is_reported_once_and_continues_with_a_worker() {
    let temporal = dev_server::start().await;
    let soon = [("FAST_TEMPORAL_WAITING_AFTER_SECONDS", "1")];
    let gateway = Gateway::start_with(&temporal, &soon).await;
    let python = Python::package_0_3().await;
    let mut client = SeedClient::connect(&gateway, "alice").await;
    client
        .start(STEPS, &json!({"steps": ["echo one"], "arg": 1}))
        .await;

    let waiting = client.frame().await;
    assert_eq!(waiting.status, "Waiting", "{waiting:?}");
    let message = waiting.message.as_str().expect("a string");
    assert!(message.starts_with("StepsWorkflow: Waiting"), "{message}");
    assert!(message.contains("e2e"), "no task queue: {message}");

    // The worker starts after the workflow was reported as waiting.
    let _worker = python.seed_worker(&temporal).await;
    let expected = Frame::sequence(&["echo one"], json!({"results": [1]}));
    assert_eq!(client.frames_until_done().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconnected_user_receives_running_workflows_from_the_start_on_every_node() {
    let temporal = dev_server::start().await;
    let gateway = Gateway::start(&temporal).await;
    let interval = [("FAST_TEMPORAL_DISCOVERY_INTERVAL_SECONDS", "1")];
    let other_node = Gateway::start_with(&temporal, &interval).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let gate = Gate::open().await;
    let names = ["gate one", "gate two"];
    let expected = Frame::sequence(&names, json!({"results": names}));

    let mut client = SeedClient::connect(&gateway, "alice").await;
    client
        .start(STEPS, &json!({"steps": names, "arg": gate.address()}))
        .await;
    gate.pass(&names[..1]).await;
    assert_eq!(client.frames(3).await, expected[..3]);
    drop(client);

    // Connected before and after the other node discovers the workflow.
    let mut early = SeedClient::connect(&other_node, "alice").await;
    assert_eq!(early.frames(3).await, expected[..3], "on another node");
    let mut again = SeedClient::connect(&gateway, "alice").await;
    assert_eq!(again.frames(3).await, expected[..3], "on the same node");
    let mut late = SeedClient::connect(&other_node, "alice").await;
    assert_eq!(
        late.frames(3).await,
        expected[..3],
        "on another node that knows it"
    );
    // Ids of one user never belong to another, even if only the case differs.
    let mut stranger = SeedClient::connect(&other_node, "Alice").await;

    gate.pass(&names[1..]).await;
    for client in [&mut early, &mut again, &mut late] {
        assert_eq!(client.frames_until_done().await, expected[3..]);
        client.assert_silent().await;
    }
    stranger.assert_silent().await;
    let mut after = SeedClient::connect(&gateway, "alice").await;
    after.assert_silent().await;
}

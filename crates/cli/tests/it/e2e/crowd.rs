//! Many concurrent workflows.

use std::collections::BTreeMap;

use fast_temporal_testkit::dev_server;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Frame, Gateway, Python, SeedClient, Workflow};

/// Each user with the number of connections, and of workflows that each connection starts.
const USERS: [(&str, usize, usize); 3] = [("alice", 6, 20), ("bob", 1, 60), ("carol", 2, 10)];
/// The number of activities of each workflow.
const ACTIVITIES: usize = 3;

/// The messages that a connection must receive about one workflow.
fn expected_frames(id: &str) -> Vec<Frame> {
    let names: Vec<_> = (0..ACTIVITIES).map(|step| activity(id, step)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Frame::sequence(&names, json!({"results": vec![id; ACTIVITIES]}))
}

fn activity(id: &str, step: usize) -> String {
    format!("echo {id}/{step}")
}

/// Returns the workflow of a message.
fn id_of(frame: &Frame) -> String {
    let id = match frame.activity() {
        Some(name) => name
            .strip_prefix("echo ")
            .and_then(|name| name.split('/').next()),
        None => frame.message["results"][0].as_str(),
    };
    id.unwrap_or_else(|| panic!("{frame:?}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connection_receives_all_messages_of_two_hundred_concurrent_workflows() {
    let workflows: usize = USERS
        .iter()
        .map(|(_, connections, each)| connections * each)
        .sum();
    assert_eq!(workflows, 200);
    let temporal = dev_server::start().await;
    // The only worker is busy, so messages about waiting workflows are ignored.
    let patient = [("FAST_TEMPORAL_WAITING_AFTER_SECONDS", "300")];
    let gateway = Gateway::start_with(&temporal, &patient).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;

    // All connections open before the first workflow starts, so each must receive everything.
    let mut connections = Vec::new();
    for (user, count, each) in USERS {
        for connection in 0..count {
            let client = SeedClient::connect(&gateway, user).await;
            connections.push((user, connection, count * each, each, client));
        }
    }
    let mut readers = JoinSet::new();
    for (user, connection, of_user, each, mut client) in connections {
        readers.spawn(async move {
            for number in 0..each {
                let id = format!("{user}-{connection}-{number}");
                let steps: Vec<_> = (0..ACTIVITIES).map(|step| activity(&id, step)).collect();
                let args = json!({"steps": steps, "arg": id});
                client.start(Workflow::named("StepsWorkflow"), &args).await;
            }
            let frames = client.frames(of_user * (2 * ACTIVITIES + 1)).await;
            client.assert_silent().await;
            (user, frames)
        });
    }
    while let Some(outcome) = readers.join_next().await {
        let (user, frames) = outcome.expect("a reader that does not fail");
        assert_received_all(user, frames);
    }
}

fn assert_received_all(user: &str, frames: Vec<Frame>) {
    let mut received: BTreeMap<String, Vec<Frame>> = BTreeMap::new();
    for frame in frames {
        received.entry(id_of(&frame)).or_default().push(frame);
    }
    let expected = USERS
        .iter()
        .filter(|(name, ..)| *name == user)
        .flat_map(|(_, count, each)| {
            (0..*count).flat_map(move |c| (0..*each).map(move |n| format!("{user}-{c}-{n}")))
        });
    let expected: BTreeMap<_, _> = expected
        .map(|id| (id.clone(), expected_frames(&id)))
        .collect();
    assert_eq!(received, expected, "{user}");
}

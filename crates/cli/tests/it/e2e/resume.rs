//! Subscribers that lose their gateway and resume at another one.

use fast_temporal_core::{Engine as _, engine::StartWorkflow};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::dev_server::{self, TestServer};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{EventStream, Gate, Gateway, Python, TASK_QUEUE, get};

const ID: &str = "chain";

/// Starts a workflow whose runs execute these activities, which pass the gate.
async fn start_chain(temporal: &TestServer, gate: &Gate, runs: &[&[&str]]) {
    let plan = json!({"gate": gate.address(), "runs": runs});
    let start = StartWorkflow {
        args: vec![Json::from_value(&plan).expect("plain JSON")],
        ..StartWorkflow::new(ID.into(), "ChainWorkflow".into(), TASK_QUEUE.into())
    };
    let started = temporal.engine().start(start).await;
    started.expect("a workflow that can start");
}

/// Returns all events of the workflow after a cursor, read by JSON long-polls.
async fn read_pages(gateway: &Gateway, mut after: Option<String>) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let query = after
            .map(|cursor| format!("&after={cursor}"))
            .unwrap_or_default();
        let response = get(
            gateway,
            &format!("/v1/workflows/{ID}/events?wait=10{query}"),
            &[],
        )
        .await;
        assert_eq!(response.status, 200, "{response:?}");
        let mut page = response.json();
        assert_eq!(page["gap"], false, "{page}");
        events.append(page["events"].as_array_mut().expect("a list"));
        if page["end"] == true {
            return events;
        }
        after = page["cursor"].as_str().map(str::to_owned);
    }
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect()
}

fn cursor(events: &[Value]) -> String {
    let last = events.last().expect("events");
    last["cursor"].as_str().expect("a cursor").to_owned()
}

fn is(event: &Value, kind: &str, activity: &str) -> bool {
    event["type"] == kind && event["data"]["activity_type"] == activity
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_of_a_killed_gateway_receive_exactly_the_rest_from_another() {
    let temporal = dev_server::start().await;
    let mut first = Gateway::start(&temporal).await;
    let second = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.chain_worker(&temporal).await;
    let gate = Gate::open().await;
    start_chain(&temporal, &gate, &[&["a", "b"], &["c", "d"]]).await;

    // One subscriber has read half of the first run, the other half of the second.
    let mut stream = EventStream::open(&first, ID).await;
    let mut other = EventStream::open(&first, ID).await;
    gate.pass(&["a"]).await;
    let early = stream
        .events_until(|event| is(event, "activity.scheduled", "b"))
        .await;
    gate.pass(&["b", "c"]).await;
    let late = other
        .events_until(|event| is(event, "activity.scheduled", "d"))
        .await;
    let visitor = gate.arrival().await;
    first.kill().await;

    // Every way to pass a cursor, at both positions. All subscribe before the end.
    let path = format!("/v1/workflows/{ID}/events");
    let mut streams = Vec::new();
    for seen in [&early, &late] {
        let cursor = cursor(seen);
        let header = [("last-event-id", &*cursor)];
        let query = format!("{path}?after={cursor}");
        // A browser reconnects with the URL of its first request.
        let stale = format!(
            "{path}?after={}",
            early[0]["cursor"].as_str().expect("a cursor")
        );
        streams.push((seen, EventStream::open_with(&second, &path, &header).await));
        streams.push((seen, EventStream::open_with(&second, &query, &[]).await));
        streams.push((seen, EventStream::open_with(&second, &stale, &header).await));
    }
    visitor.resume().await;

    let all = read_pages(&second, None).await;
    assert_eq!(
        types(&all),
        [
            "workflow.started",
            "activity.scheduled",
            "activity.completed",
            "activity.scheduled",
            "activity.completed",
            "workflow.continued_as_new",
            "workflow.started",
            "activity.scheduled",
            "activity.completed",
            "activity.scheduled",
            "activity.completed",
            "workflow.completed",
        ]
    );
    assert_eq!(all.last().expect("events")["end"], true);
    for (seen, mut stream) in streams {
        let rest = stream.rest().await;
        assert_eq!([seen.clone(), rest].concat(), all);
    }
    for seen in [&early, &late] {
        let rest = read_pages(&second, Some(cursor(seen))).await;
        assert_eq!([seen.clone(), rest].concat(), all);
    }
    let seen_all = [("last-event-id", &*cursor(&all))];
    assert_eq!(
        get(&second, &path, &seen_all).await.status,
        204,
        "no further events"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_continues_after_a_restart_of_temporal() {
    let mut temporal = dev_server::start_with_database().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.chain_worker(&temporal).await;
    let gate = Gate::open().await;
    start_chain(&temporal, &gate, &[&["a", "b"], &["c"]]).await;
    let mut stream = EventStream::open(&gateway, ID).await;
    gate.pass(&["a"]).await;
    let before = stream
        .events_until(|event| is(event, "activity.scheduled", "b"))
        .await;
    let visitor = gate.arrival().await;

    temporal.kill().await;
    gateway.becomes_ready(false).await;
    temporal.restart().await;
    visitor.resume().await;
    gate.pass(&["c"]).await;

    let rest = stream.rest().await;
    let all = read_pages(&Gateway::start(&temporal).await, None).await;
    assert_eq!([before, rest].concat(), all);
    assert_eq!(types(&all).last(), Some(&"workflow.completed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_continue_through_a_reset_at_another_gateway() {
    let temporal = dev_server::start().await;
    let mut first = Gateway::start(&temporal).await;
    let second = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.chain_worker(&temporal).await;
    let gate = Gate::open().await;
    start_chain(&temporal, &gate, &[&["a", "b", "c"]]).await;
    let mut stream = EventStream::open(&first, ID).await;
    gate.pass(&["a", "b"]).await;
    let before = stream
        .events_until(|event| is(event, "activity.scheduled", "c"))
        .await;
    // This activity belongs to the run that the reset closes, and never continues.
    let _stranded = gate.arrival().await;

    reset(&temporal).await;
    let through = stream
        .events_until(|event| is(event, "activity.scheduled", "a"))
        .await;
    first.kill().await;
    gate.pass(&["a", "b", "c"]).await;

    let all = read_pages(&second, None).await;
    let received = [before.clone(), through].concat();
    for seen in [&before, &received] {
        let rest = read_pages(&second, Some(cursor(seen))).await;
        assert_eq!([seen.clone(), rest].concat(), all);
    }
    let types = types(&all);
    assert_eq!(
        types
            .iter()
            .filter(|kind| **kind == "workflow.reset")
            .count(),
        1,
        "{types:?}"
    );
    assert_eq!(types.last(), Some(&"workflow.completed"), "{types:?}");
    let runs: Vec<_> = all.iter().map(|event| &event["run_id"]).collect();
    assert_ne!(runs.first(), runs.last(), "a reset begins a new run");
    let cursors: std::collections::BTreeSet<_> = all
        .iter()
        .map(|event| event["cursor"].to_string())
        .collect();
    assert_eq!(cursors.len(), all.len(), "each event once");
}

/// Resets the workflow to its first workflow task.
async fn reset(temporal: &TestServer) {
    let cli = dev_server::cli().await.path;
    let mut command = Command::new(cli);
    command
        .args([
            "workflow",
            "reset",
            "--type",
            "FirstWorkflowTask",
            "--reason",
            "a test",
        ])
        .args(["--workflow-id", ID, "--address", temporal.address()]);
    let output = command.output().await.expect("a CLI that runs");
    assert!(output.status.success(), "{output:?}");
}

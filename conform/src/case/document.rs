//! The API matches its OpenAPI document.

use std::{collections::HashMap, path::Path, process::Stdio, sync::Arc};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    oracle,
    subscriber::Transport,
    user::{User, Workflow},
    world::World,
};

/// The seed of the generator, so that each run generates the same requests.
const SEED: &str = "1";
/// How many of the last lines are shown.
const SHOWN_LINES: usize = 120;
/// How much of each line is shown: generated requests may be long.
const SHOWN_CHARS: usize = 400;
/// How many workflows `cancel` can close, and how many `terminate` can.
const TO_CLOSE: usize = 8;
/// A task queue without a worker.
const IDLE_TASK_QUEUE: &str = "conform-without-worker";
/// The operations that must have succeeded, so that their responses were compared.
const OPERATIONS: &str = "live ready ticket start list describe result events signal query update \
                          cancel terminate";

pub async fn the_api_matches_its_document(world: Arc<World>) -> Result<()> {
    let arguments = &world.arguments;
    let program = arguments.schemathesis.as_ref().context("no schemathesis")?;
    let user = User::new(&world, "schemathesis");
    let folder = tempfile::TempDir::new()?;
    let existing = start_workflows(&world, &user).await?.to_string();
    for (name, text) in [
        ("hooks.py", include_str!("document/hooks.py")),
        (
            "schemathesis.toml",
            include_str!("document/schemathesis.toml"),
        ),
        ("existing.json", &existing),
    ] {
        std::fs::write(folder.path().join(name), text)?;
    }
    let mut command = Command::new(program);
    command
        .current_dir(folder.path())
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(format!("{}/openapi.json", world.node(0)))
        .args(["--seed", SEED])
        .args(["--max-examples", &arguments.examples.to_string()])
        .args(["--phases", "examples,coverage,fuzzing", "--no-color"])
        .args(["--request-timeout", "40", "--workers", "2"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(token) = &user.token {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    let output = command.output().await.context("cannot run schemathesis")?;
    if output.status.success() {
        return check_succeeded(&folder.path().join("succeeded.json"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text
        .lines()
        .map(|line| line.chars().take(SHOWN_CHARS).collect());
    let lines: Vec<String> = lines.collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
    let errors = String::from_utf8_lossy(&output.stderr);
    bail!(
        "schemathesis: {}\n{}\n{errors}",
        output.status,
        shown.join("\n")
    )
}

/// Checks that each operation has succeeded, so that its response was compared with the document.
fn check_succeeded(path: &Path) -> Result<()> {
    let text = std::fs::read_to_string(path).context("no request succeeded")?;
    let counts: HashMap<String, usize> = serde_json::from_str(&text)?;
    let mut never = OPERATIONS
        .split(' ')
        .filter(|name| !counts.contains_key(*name));
    match never.next() {
        None => Ok(()),
        Some(name) => bail!("{name} never succeeded: {counts:?}"),
    }
}

/// Starts workflows in all kinds of states. Returns which are for which operation, what they accept, and
/// their cursors and runs.
async fn start_workflows(world: &World, user: &User) -> Result<Value> {
    // Its activity fails and is retried, with heartbeats, for the duration of the case.
    let mut running = user
        .start(&json!([{"memo": 2}, {"flaky": 100_000}]))
        .await?;
    let continued = json!([{"work": 1}, {"memo": 2}, "continue_as_new", {"work": 1}]);
    let failed = json!([{"work": 1}, {"fail": "as expected"}]);
    let mut closed = Vec::new();
    for steps in [continued, failed, json!(["go"])] {
        let mut workflow = user.start(&steps).await?;
        if steps == json!(["go"]) {
            // A workflow that a worker has started can be queried later.
            workflow.call("query", json!({"name": "notes"})).await?;
            workflow.call("terminate", json!({})).await?;
        }
        closed.push(closed_workflow(&workflow).await?);
    }
    // One that no worker has started cannot.
    let mut unstarted = world.start_request(&json!(["go"]));
    unstarted["task_queue"] = json!(IDLE_TASK_QUEUE);
    let mut unstarted = user.start_with(&unstarted).await?;
    unstarted.call("terminate", json!({})).await?;
    closed.push(closed_workflow(&unstarted).await?);
    let (mut to_cancel, mut to_terminate) = (Vec::new(), Vec::new());
    for list in [&mut to_cancel, &mut to_terminate] {
        for _ in 0..TO_CLOSE {
            let workflow = user.start(&json!(["go"])).await?;
            list.push(json!({"workflow_id": workflow.id, "run_id": workflow.run_id}));
        }
    }
    let running = running_workflow(&mut running).await?;
    let mut all = closed.clone();
    all.push(running.clone());
    Ok(json!({
        "workflows": {
            "describe": all,
            // An event stream of an open workflow would not end, nor would a wait for its result.
            "events": closed,
            "result": closed,
            "query": all,
            "signal": [running],
            "update": [running],
            "cancel": to_cancel,
            "terminate": to_terminate,
        },
        "messages": {
            "signal": {"name": "note", "args": ["x"]},
            "query": {"name": "notes", "args": []},
            "update": {"name": "add", "args": [1]},
        },
    }))
}

/// Reads a workflow to its end. Returns its id with its last run and a cursor in the middle.
async fn closed_workflow(workflow: &Workflow) -> Result<Value> {
    let subscriber = workflow.subscriber();
    let events = subscriber.to_the_end(0, Transport::LongPoll, None).await?;
    let last = events.last().context("no events")?;
    let cursor = oracle::cursor(&events[events.len() / 2]);
    Ok(json!({"workflow_id": workflow.id, "run_id": last["run_id"], "cursor": cursor}))
}

/// Waits until a workflow has a pending activity that has sent a heartbeat.
async fn running_workflow(workflow: &mut Workflow) -> Result<Value> {
    let subscriber = workflow.subscriber();
    let events = subscriber.until_type(0, Transport::LongPoll, "activity.scheduled");
    let events = events.await?;
    let cursor = oracle::cursor(events.last().context("no events")?);
    let described = workflow.describe().await?;
    let pending = described["pending_activities"].as_array();
    ensure!(pending.is_some_and(|some| !some.is_empty()), "{described}");
    Ok(json!({"workflow_id": workflow.id, "run_id": workflow.run_id, "cursor": cursor}))
}

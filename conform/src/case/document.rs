//! The API matches its OpenAPI document.

use std::{collections::HashMap, path::Path, process::Stdio, sync::Arc};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use super::verb::{fresh_user, id_of};
use crate::{
    client::{Method, Node, Reading, Socket, Transport},
    oracle,
    world::World,
};

/// The seed of the generator, so that each run generates the same requests.
const SEED: &str = "1";
/// How many of the last lines are shown, and how much of each: generated requests may be long.
const SHOWN: (usize, usize) = (120, 400);
/// How many workflows cancel and terminate can close.
const VICTIMS: usize = 8;
/// The status that each operation must have succeeded with, so that its response was compared.
const GIVEN: [&str; 13] = [
    "live",
    "ready",
    "ticket",
    "start",
    "list",
    "describe",
    "result",
    "events",
    "signal",
    "query",
    "update",
    "cancel",
    "terminate",
];

pub async fn the_api_matches_its_document(world: Arc<World>) -> anyhow::Result<()> {
    let tool = world.schemathesis().context("no schemathesis")?;
    let node = world.node(0);
    let user = fresh_user("schemathesis");
    let folder = tempfile::TempDir::new()?;
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
    write("hooks.py", include_str!("document/hooks.py"))?;
    write(
        "schemathesis.toml",
        include_str!("document/schemathesis.toml"),
    )?;
    let there = what_is_there(&world, &user).await?;
    write("there.json", &there.to_string())?;
    let mut command = Command::new(&tool.program);
    command
        .current_dir(folder.path())
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(format!("{node}/openapi.json"))
        .args(["--seed", SEED])
        .args(["--max-examples", &tool.examples.to_string()])
        .args(["--phases", "examples,coverage,fuzzing", "--no-color"])
        .args(["--request-timeout", "40", "--workers", "2"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(token) = world.user(&user) {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    let output = command.output().await.context("can't run schemathesis")?;
    if output.status.success() {
        return everything_was_given(&folder.path().join("given.json"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().take(SHOWN.1).collect())
        .collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN.0)..];
    let errors = String::from_utf8_lossy(&output.stderr);
    bail!(
        "schemathesis: {}\n{}\n{errors}",
        output.status,
        shown.join("\n")
    )
}

/// Checks that each operation has succeeded, so that its response was compared with the document.
fn everything_was_given(path: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).context("no request succeeded")?;
    let given: HashMap<String, usize> = serde_json::from_str(&text)?;
    let never: Vec<_> = GIVEN
        .iter()
        .filter(|name| !given.contains_key(**name))
        .collect();
    ensure!(never.is_empty(), "never succeeded: {never:?} of {given:?}");
    Ok(())
}

/// Starts workflows in all kinds of states, and returns which are for which operation, what they
/// accept, and which cursors and runs they have.
async fn what_is_there(world: &World, user: &str) -> anyhow::Result<Value> {
    let mut socket = world.connect(0, user).await?;
    let mut plans = vec![
        // One whose activity fails and is retried, with heartbeats, for the duration of the case.
        json!([{"memo": 2}, {"flaky": 100_000}]),
        json!([{"work": 1}, {"memo": 2}, "continue_as_new", {"work": 1}]),
        json!([{"work": 1}, {"fail": "as it should"}]),
    ];
    plans.resize(4 + 2 * VICTIMS, json!(["go"]));
    let mut ids = Vec::new();
    for steps in plans {
        let started = socket.ask("start", &world.start_request(&steps)).await?;
        ids.push(id_of(&started)?.to_owned());
    }
    let victims = ids.split_off(4);
    let [running, completed, failed, terminated] = ids.as_slice() else {
        bail!("expected four workflows that stay open");
    };
    let about = json!({"workflow_id": terminated, "reason": "as it should"});
    socket.ask("terminate", &about).await?;
    let node = world.node(0);
    let token = world.user(user);
    let mut over = Vec::new();
    for id in [completed, failed, terminated] {
        over.push(one(node, token.as_deref(), id).await?);
    }
    let running = running_one(node, token.as_deref(), &mut socket, running).await?;
    let mut ended = Vec::new();
    for id in &victims {
        ended.push(json!({"workflow_id": id, "run_id": run_of(&mut socket, id).await?}));
    }
    let terminates = ended.split_off(VICTIMS);
    let mut all = over.clone();
    all.push(running.clone());
    Ok(json!({
        "workflows": {
            "describe": all,
            // An event stream of an open workflow would not end, nor would a wait for its result.
            "events": over,
            "result": over,
            "query": all,
            "signal": [running],
            "update": [running],
            "cancel": ended,
            "terminate": terminates,
        },
        "messages": {
            "signal": {"name": "note", "args": ["x"]},
            "query": {"name": "notes", "args": []},
            "update": {"name": "add", "args": [1]},
        },
    }))
}

/// A closed workflow, with its last run and a cursor in the middle.
async fn one(node: &Node, token: Option<&str>, id: &str) -> anyhow::Result<Value> {
    let reading = Reading {
        node,
        token,
        workflow_id: id,
    };
    let events = reading.to_the_end(Transport::LongPoll, None).await?;
    let last = events.last().context("no events")?;
    let cursor = oracle::cursor(&events[events.len() / 2]);
    Ok(json!({"workflow_id": id, "run_id": last["run_id"], "cursor": cursor}))
}

/// An open workflow with a pending activity that has sent a heartbeat.
async fn running_one(
    node: &Node,
    token: Option<&str>,
    socket: &mut Socket,
    id: &str,
) -> anyhow::Result<Value> {
    let reading = Reading {
        node,
        token,
        workflow_id: id,
    };
    let batch = reading
        .until(Transport::LongPoll, None, |event| {
            event["type"] == "activity.scheduled"
        })
        .await?;
    let cursor = oracle::cursor(batch.events.last().context("no events")?);
    let path = format!("/v1/workflows/{id}");
    let described = node
        .call(Method::GET, &path, token, None)
        .await?
        .expect(200)?;
    let pending = described["pending_activities"].as_array();
    ensure!(pending.is_some_and(|some| !some.is_empty()), "{described}");
    Ok(json!({"workflow_id": id, "run_id": run_of(socket, id).await?, "cursor": cursor}))
}

async fn run_of(socket: &mut Socket, id: &str) -> anyhow::Result<Value> {
    let described = socket.ask("describe", &json!({"workflow_id": id})).await?;
    Ok(described["run_id"].clone())
}

//! The API and its document say the same.

use std::{process::Stdio, sync::Arc};

use anyhow::{Context as _, bail};
use tokio::process::Command;

use crate::world::World;

/// The seed of everything that is made up, so that each run makes up the same.
const SEED: &str = "1";
/// How many of the last lines are shown.
const SHOWN_LINES: usize = 120;

pub async fn the_api_keeps_to_its_document(world: Arc<World>) -> anyhow::Result<()> {
    let tool = world.schemathesis().context("no schemathesis")?;
    let node = world.node(0);
    let folder = tempfile::TempDir::new()?;
    let mut command = Command::new(&tool.program);
    command
        .current_dir(folder.path())
        .arg("run")
        .arg(format!("{node}/openapi.json"))
        .args(["--seed", SEED])
        .args(["--max-examples", &tool.examples.to_string()])
        // What is made up names no workflow that is there, and so is not accepted.
        .args(["--exclude-checks", "positive_data_acceptance"])
        .args(["--phases", "examples,coverage,fuzzing", "--no-color"])
        // An event stream has no end: what it says is tested elsewhere.
        .args(["--request-timeout", "40", "--workers", "2"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(token) = world.user("schemathesis") {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    let output = command.output().await.context("can't run schemathesis")?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = text.lines().collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
    let errors = String::from_utf8_lossy(&output.stderr);
    bail!(
        "schemathesis: {}\n{}\n{errors}",
        output.status,
        shown.join("\n")
    )
}

//! The Python SDK's own subscriber, which polls the workflow by updates.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::Seen;
use crate::{tick::Tick, worker::TOPIC};

const PROGRAM: &str = include_str!("subscriber.py");
/// How long it may take to start, and then to end.
const LIMIT: Duration = Duration::from_mins(5);

/// A Python process that reads some workflows' streams.
pub struct PythonReader {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

#[derive(Deserialize)]
struct Output {
    /// For each workflow, its items and when they came, in microseconds since 1970.
    times: Vec<Vec<(String, u64)>>,
}

impl PythonReader {
    /// Starts it, and waits until it reads.
    pub async fn start(
        python: &Path,
        temporal: &str,
        items: u32,
        workflow_ids: &[String],
    ) -> anyhow::Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", PROGRAM, temporal, TOPIC, &items.to_string()])
            .args(workflow_ids)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not start {}", python.display()))?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut reader = Self {
            lines: BufReader::new(stdout).lines(),
            _child: child,
        };
        let line = reader.line().await?;
        ensure!(line == "ready", "the Python subscriber said {line:?}");
        Ok(reader)
    }

    /// Returns what it saw, by workflow, once each has yielded all items.
    pub async fn end(mut self) -> anyhow::Result<Vec<Seen>> {
        let output: Output = serde_json::from_str(&self.line().await?)?;
        let mut all = Vec::new();
        for items in output.times {
            let mut seen = Seen::default();
            for (text, at_us) in items {
                let tick = Tick::find(text.as_bytes()).context("an item that is no tick")?;
                seen.take(tick, at_us);
            }
            all.push(seen);
        }
        Ok(all)
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        let line = timeout(LIMIT, self.lines.next_line())
            .await
            .context("the Python subscriber says nothing")?;
        line?.context("the Python subscriber ended: is temporalio installed there?")
    }
}

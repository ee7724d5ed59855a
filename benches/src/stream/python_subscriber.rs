//! The Python SDK's own subscriber, which polls the workflow by updates.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::{
    tally::{Received, Tally},
    tick::Tick,
    worker::stream_workflow::TOPIC,
};

const PROGRAM: &str = include_str!("subscriber.py");
/// How long it can take to start, and then to end.
const LIMIT: Duration = Duration::from_mins(5);

/// A Python process that reads some workflows' streams.
pub struct PythonSubscriber {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

#[derive(Deserialize)]
struct Output {
    /// For each workflow, its items and when they arrived, in microseconds since 1970.
    times: Vec<Vec<(String, u64)>>,
}

impl PythonSubscriber {
    /// Starts it, and waits until it reads.
    pub async fn start(
        python: &Path,
        temporal: &str,
        items: u32,
        workflow_ids: &[String],
    ) -> Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", PROGRAM, temporal, TOPIC, &items.to_string()])
            .args(workflow_ids)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not start {}", python.display()))?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut subscriber = Self {
            lines: BufReader::new(stdout).lines(),
            _child: child,
        };
        let line = subscriber.line().await?;
        ensure!(line == "ready", "the Python subscriber printed {line:?}");
        Ok(subscriber)
    }

    /// Returns what it received, once each workflow has yielded all items.
    pub async fn end(mut self, items: u32) -> Result<Tally> {
        let output: Output = serde_json::from_str(&self.line().await?)?;
        let mut tally = Tally::default();
        for workflow in output.times {
            let mut received = Received::new(items);
            for (text, at_us) in workflow {
                let tick = Tick::find(text.as_bytes()).context("an item that is not a tick")?;
                received.tick(tick, at_us);
            }
            tally.add(received);
        }
        Ok(tally)
    }

    async fn line(&mut self) -> Result<String> {
        let line = timeout(LIMIT, self.lines.next_line())
            .await
            .context("the Python subscriber printed nothing in time")?;
        line?.context("the Python subscriber ended: is temporalio installed there?")
    }
}

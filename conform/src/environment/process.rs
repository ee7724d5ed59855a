//! A child process, which ends when its value is dropped. Its last lines are kept.

use std::{
    collections::VecDeque,
    process::Stdio,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    sync::watch,
    task::JoinSet,
};

use crate::report;

/// How many of its last lines are kept.
const KEPT_LINES: usize = 40;

/// A child process.
pub struct Process {
    name: &'static str,
    child: Child,
    /// Closes when this process ends, so that the child ends as well.
    _stdin: Option<ChildStdin>,
    lines: Arc<Mutex<VecDeque<String>>>,
    seen: watch::Receiver<String>,
    _readers: JoinSet<()>,
}

impl Process {
    pub fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot run {name} ({command:?})"))?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (serving, seen) = watch::channel(String::new());
        let mut readers = JoinSet::new();
        let kept = Arc::clone(&lines);
        readers.spawn(async move {
            let mut stderr = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = stderr.next_line().await {
                if let Ok(mut kept) = kept.lock() {
                    if kept.len() == KEPT_LINES {
                        kept.pop_front();
                    }
                    kept.push_back(line.clone());
                }
                // Only the line about serving matters; others must not block it.
                serving.send_if_modified(|seen| {
                    let serves = line.contains("\"message\":\"serving\"");
                    if serves {
                        *seen = line;
                    }
                    serves
                });
            }
        });
        Ok(Self {
            name,
            _stdin: child.stdin.take(),
            child,
            lines,
            seen,
            _readers: readers,
        })
    }

    /// Waits for the log line with the address that it serves.
    pub async fn serving_line(&mut self) -> Result<String> {
        let line = self.seen.wait_for(|line| !line.is_empty()).await;
        line.map(|line| line.clone())
            .with_context(|| format!("{} ended", self.name))
    }

    /// Kills it as `kill -9` does.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Sends SIGTERM.
    pub fn stop(&self) -> Result<()> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let id = id
            .and_then(Pid::from_raw)
            .context("the process has ended")?;
        Ok(kill_process(id, Signal::TERM)?)
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> Result<()> {
        self.child.wait().await?;
        Ok(())
    }

    pub fn print_log(&self) {
        report::print(&format!("--- the last lines of {}", self.name));
        if let Ok(lines) = self.lines.lock() {
            lines.iter().for_each(|line| report::print(line));
        }
    }
}

//! A process that was started for a run, and ends with it.

use std::{path::Path, process::Stdio};

use anyhow::Context as _;
use tokio::process::Command;

/// A running process. Dropping it kills it; were the driver itself killed, the driver's own children
/// notice that their standard input has closed.
pub struct Child(tokio::process::Child);

impl Child {
    /// Starts a process whose output goes to `<name>.log`.
    pub fn start(mut command: Command, name: &str, logs: &Path) -> anyhow::Result<Self> {
        let log = log_file(logs, name)?;
        command
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let program = command.as_std().get_program().to_owned();
        let child = command
            .spawn()
            .with_context(|| format!("could not start {}", program.to_string_lossy()))?;
        Ok(Self(child))
    }

    pub fn pid(&self) -> anyhow::Result<u32> {
        self.0.id().context("the process has ended")
    }
}

/// The file that a process writes its output to.
fn log_file(logs: &Path, name: &str) -> anyhow::Result<std::fs::File> {
    let file = logs.join(format!("{name}.log"));
    std::fs::File::create(&file).with_context(|| format!("could not write {}", file.display()))
}

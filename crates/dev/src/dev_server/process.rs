//! The dev server's command line and signals.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::DevServerConfig;

/// Returns the command that runs the server.
pub(super) fn command(config: &DevServerConfig, port: u16, ui_port: Option<u16>) -> Command {
    let mut command = Command::new(&config.cli);
    command
        .args(["server", "start-dev", "--ip", "127.0.0.1"])
        .args(["--log-format", "json", "--log-level", "warn"])
        .args(["--port", &port.to_string()]);
    match ui_port {
        Some(port) => command.args(["--ui-port", &port.to_string()]),
        None => command.arg("--headless"),
    };
    if let Some(database) = &config.database {
        command.arg("--db-filename").arg(database);
    }
    command
        .args(&config.extra_args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        // Ctrl-C in a terminal signals a whole process group, and the server must outlive its
        // clients.
        .process_group(0);
    command
}

/// Starts a shell that terminates the server when this process ends without stopping it. The
/// shell waits for the end of a pipe that this process keeps open.
pub(super) fn guard(server: &Child) -> Option<Child> {
    let guard = Command::new("/bin/sh")
        .args(["-c", "read -r _; kill -TERM \"$1\"", "sh"])
        .arg(server.id()?.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .process_group(0)
        .spawn();
    if let Err(error) = &guard {
        tracing::debug!(%error, "the dev server has no guard and survives if this process is killed");
    }
    guard.ok()
}

/// Sends SIGTERM. Returns `false` if the process has ended.
pub(super) fn terminate(child: &Child) -> bool {
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
}

//! The dev server's command line, and how it is asked to stop.

use std::process::Stdio;

use tokio::process::{Child, Command};

use super::DevServerConfig;

/// The command that runs it.
pub(super) fn command(config: &DevServerConfig, port: u16, ui_port: Option<u16>) -> Command {
    let mut command = Command::new(&config.cli);
    command
        .args([
            "server",
            "start-dev",
            "--ip",
            "127.0.0.1",
            "--log-format",
            "json",
        ])
        .args(["--log-level", "warn", "--port", &port.to_string()]);
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
        .kill_on_drop(true);
    // A Ctrl-C in the terminal goes to a whole process group: the server must not be gone before
    // what still talks to it.
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// Starts what stops the server where this process is gone without having done so: killed, say. It
/// waits for the end of a pipe that this process holds open.
#[cfg(unix)]
pub(super) fn guard(server: &Child) -> Option<Child> {
    let mut command = Command::new("/bin/sh");
    command
        .args([
            "-c",
            "read -r _; kill -TERM \"$1\"",
            "sh",
            &server.id()?.to_string(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .process_group(0);
    let guard = command.spawn();
    if let Err(error) = &guard {
        tracing::debug!(%error, "nothing stops the dev server if this process is killed");
    }
    guard.ok()
}

/// Starts what stops the server where this process is gone without having done so.
#[cfg(not(unix))]
pub(super) fn guard(_: &Child) -> Option<Child> {
    None
}

/// Asks a process to stop. `false` where there is no way to ask, or nobody left.
#[cfg(unix)]
pub(super) fn ask_to_stop(child: &Child) -> bool {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
}

/// Asks a process to stop. `false` where there is no way to ask, or nobody left.
#[cfg(not(unix))]
pub(super) fn ask_to_stop(_: &Child) -> bool {
    false
}

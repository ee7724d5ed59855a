//! Runs programs for their output.

use std::{process::Stdio, time::Duration};

use tokio::{
    process::Command,
    time::{Instant, interval_at, timeout},
};

/// The interval between progress reports of a slow program.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Runs a program and returns its standard output, or a one-line reason why it failed.
pub(super) async fn run(mut command: Command, limit: Duration) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = match timeout(limit, output).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("it took longer than {} s", limit.as_secs())),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last_line = errors.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(last_line.map_or_else(|| output.status.to_string(), str::to_owned))
}

/// Runs a program that can take minutes, and reports progress meanwhile.
pub(super) async fn run_slow(
    command: Command,
    limit: Duration,
    progress: &(impl Fn(&str) + Send + Sync),
) -> Result<String, String> {
    let started = Instant::now();
    let mut report = interval_at(started + REPORT_INTERVAL, REPORT_INTERVAL);
    let mut running = std::pin::pin!(run(command, limit));
    loop {
        tokio::select! {
            biased;
            result = &mut running => return result,
            _ = report.tick() => {
                progress(&format!("Still fetching ({} s)", started.elapsed().as_secs()));
            }
        }
    }
}

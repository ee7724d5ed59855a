//! Programs that are run for what they print.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    process::Command,
    time::{Instant, interval_at, timeout},
};

/// How often a long step says that it still goes on.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// The first file of that name in the folders of a `PATH`.
pub(super) fn find_in(path_var: Option<&OsStr>, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path_var?)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}

/// Runs a program and gives what it printed, or in one line why it failed.
pub(super) async fn run<A: AsRef<OsStr>>(
    program: &Path,
    args: &[A],
    limit: Duration,
) -> Result<String, String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
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

/// Runs a program that may take minutes and says every 10 s that it still goes on.
pub(super) async fn run_long<A: AsRef<OsStr>>(
    program: &Path,
    args: &[A],
    limit: Duration,
    progress: &(impl Fn(&str) + Send + Sync),
) -> Result<String, String> {
    let started = Instant::now();
    let mut report = interval_at(started + REPORT_EVERY, REPORT_EVERY);
    let running = run(program, args, limit);
    tokio::pin!(running);
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

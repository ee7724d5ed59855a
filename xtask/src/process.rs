//! Running other programs.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// Writes a line to standard error, as cargo does, so that the lines of both are in order.
#[expect(clippy::print_stderr, reason = "the output of this program")]
pub fn report(line: &str) {
    eprintln!("{line}");
}

/// Returns a command that runs in a folder, without input, and without the variables that cargo sets
/// for this program, which would make cargo rebuild.
pub fn command<S: AsRef<OsStr>>(folder: &Path, program: S) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let inherited = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if inherited {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program and shows its output.
pub fn run(command: &mut Command) -> Result<()> {
    report(&format!("$ {}", line(command)));
    let status = command.status().with_context(|| line(command))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Runs a program and returns its standard output, or its standard error as the error.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| line(command))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("{} ended with {}: {error}", line(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn line(command: &Command) -> String {
    let mut parts = vec![command.get_program().to_string_lossy()];
    parts.extend(command.get_args().map(OsStr::to_string_lossy));
    parts.join(" ")
}

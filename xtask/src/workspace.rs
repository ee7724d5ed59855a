//! The workspace's folders, and programs that run in it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// The folders of a workspace.
#[derive(Debug)]
pub struct Workspace {
    /// The folder with the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Workspace {
    /// Returns the workspace that this program was built in.
    pub fn find() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package
            .parent()
            .expect("xtask is a folder of the workspace");
        // Cargo writes programs into `<target>/<profile>/`.
        let program = std::env::current_exe().ok();
        let target = program.and_then(|program| Some(program.parent()?.parent()?.to_owned()));
        Self {
            target: target.unwrap_or_else(|| root.join("target")),
            root: root.to_owned(),
        }
    }

    /// Returns a command that runs in the workspace.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        command(&self.root, program)
    }

    /// Returns a cargo command with arguments that are separated by blanks.
    pub fn cargo(&self, arguments: &str) -> Command {
        let mut cargo = self.command("cargo");
        cargo.args(arguments.split(' '));
        cargo
    }
}

/// Writes a line to standard error, as cargo does, so that the lines of both are in order.
#[expect(clippy::print_stderr, reason = "the output of this program")]
pub fn report(line: &str) {
    eprintln!("{line}");
}

/// Returns a command that runs in a folder, without input, and without the variables that cargo sets
/// for this program, which would make cargo rebuild.
pub fn command(folder: &Path, program: impl AsRef<OsStr>) -> Command {
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

//! The cargo plug-ins that the check needs, in versions that are known to work.
//!
//! An installed plug-in is used if its version is new enough. Otherwise it is built into the target
//! folder, without optimisation, which would take longer than the plug-in ever runs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::workspace::{Workspace, read, report, run};

/// A cargo plug-in.
#[derive(Debug)]
pub struct Tool {
    /// The name of its program and package.
    name: &'static str,
    /// The oldest accepted version, which is also the one to install.
    version: [u32; 3],
}

/// Runs tests, each in a process of its own and with a time limit.
pub const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: [0, 9, 143],
};
/// Checks licences, sources and advisories of dependencies.
pub const DENY: Tool = Tool {
    name: "cargo-deny",
    version: [0, 20, 2],
};
/// Finds unused dependencies.
pub const MACHETE: Tool = Tool {
    name: "cargo-machete",
    version: [0, 9, 2],
};

/// The tools of this workspace.
#[derive(Debug)]
pub struct Tools<'a> {
    workspace: &'a Workspace,
}

impl<'a> Tools<'a> {
    /// Returns the tools of a workspace, which are installed when they are needed.
    pub fn new(workspace: &'a Workspace) -> Self {
        Self { workspace }
    }

    /// Returns the path of a tool's program, and installs it if it is missing.
    #[expect(clippy::disallowed_methods, reason = "PATH is not a setting")]
    pub fn path(&self, tool: &Tool) -> Result<PathBuf> {
        let folder = self.workspace.target.join("tools");
        let own = folder.join("bin").join(tool.name);
        let path = env::var_os("PATH").unwrap_or_default();
        let on_path = env::split_paths(&path).map(|folder| folder.join(tool.name));
        let found = std::iter::once(own.clone()).chain(on_path).find(|program| {
            self.version(program)
                .is_some_and(|version| version >= tool.version)
        });
        match found {
            Some(program) => Ok(program),
            None => self.install(tool, &folder).map(|()| own),
        }
    }

    fn version(&self, program: &Path) -> Option<[u32; 3]> {
        if !program.is_file() {
            return None;
        }
        // Some plug-ins only accept the arguments that cargo passes.
        let subcommand = program.file_name()?.to_str()?.strip_prefix("cargo-")?;
        let mut command = self.workspace.command(program);
        let output = read(command.args([subcommand, "--version"])).ok()?;
        parse_version(&output)
    }

    fn install(&self, tool: &Tool, folder: &Path) -> Result<()> {
        let [major, minor, patch] = tool.version;
        let package = format!("{}@{major}.{minor}.{patch}", tool.name);
        let shown = folder.display();
        report(&format!("installing {package} into {shown}"));
        let build = folder.join("build");
        let mut cargo = self.workspace.cargo("install --locked --quiet --debug");
        cargo.arg(&package).arg("--root").arg(folder);
        cargo.arg("--target-dir").arg(&build);
        let outcome = run(cargo.env("CARGO_PROFILE_DEV_DEBUG", "0"));
        // The build folder is many times larger than the program, and is not needed again.
        if build.exists() {
            fs::remove_dir_all(&build).context("removing the build folder")?;
        }
        outcome
    }
}

/// Returns the first word that is a version.
fn parse_version(text: &str) -> Option<[u32; 3]> {
    text.split_whitespace().find_map(|word| {
        let mut numbers = word.splitn(3, '.').map(|number| number.parse().ok());
        Some([numbers.next()??, numbers.next()??, numbers.next()??])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_the_output_of_tools() {
        let nextest = "cargo-nextest 0.9.143 (60fa45f63 2026-08-04)\nrelease: 0.9.143\n";
        assert_eq!(parse_version(nextest), Some([0, 9, 143]));
        assert_eq!(parse_version("cargo-deny 0.20.2"), Some([0, 20, 2]));
        assert_eq!(parse_version("0.9.2\n"), Some([0, 9, 2]));
        assert_eq!(parse_version("cargo-machete, some version"), None);
    }

    #[test]
    fn versions_are_ordered_by_number() {
        assert!(parse_version("0.9.143") > parse_version("0.9.92"));
    }
}

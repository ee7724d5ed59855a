//! Cargo's plug-ins that the check needs, in versions that are known to work.
//!
//! One that the machine has in that version or a later one is taken as it is; else it is built into
//! the target folder, once. Unoptimised: building one in full takes longer than it will ever run.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    process::{command, read, run, say},
    workspace::Workspace,
};

/// A plug-in of cargo.
#[derive(Debug)]
pub struct Tool {
    /// Its program, which is also the name of its package.
    name: &'static str,
    /// The oldest version that will do, and the one that is installed.
    version: [u32; 3],
}

/// Runs tests, each in a process of its own and with a time limit.
pub const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: [0, 9, 143],
};
/// Looks at licences, sources and advisories of dependencies.
pub const DENY: Tool = Tool {
    name: "cargo-deny",
    version: [0, 20, 2],
};
/// Finds dependencies that nothing uses.
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
    /// The tools of a workspace, which are looked for when they are asked for.
    pub fn new(workspace: &'a Workspace) -> Self {
        Self { workspace }
    }

    /// The path of a tool's program, installed first where it is missing.
    #[expect(
        clippy::disallowed_methods,
        reason = "PATH is where programs are, no setting"
    )]
    pub fn ready(&self, tool: &Tool) -> Result<PathBuf> {
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
        // Asked the way cargo calls a plug-in: some know no other.
        let verb = program
            .file_name()?
            .to_str()?
            .strip_prefix("cargo-")?
            .to_owned();
        let said = read(command(&self.workspace.root, program).args([&verb, "--version"])).ok()?;
        parse_version(&said)
    }

    fn install(&self, tool: &Tool, folder: &Path) -> Result<()> {
        let [major, minor, patch] = tool.version;
        let package = format!("{}@{major}.{minor}.{patch}", tool.name);
        say(&format!(
            "{} is missing: installing {package} into {}",
            tool.name,
            folder.display()
        ));
        let build = folder.join("build");
        let outcome = run(command(&self.workspace.root, "cargo")
            .args([
                "install", "--locked", "--quiet", "--debug", &package, "--root",
            ])
            .arg(folder)
            .arg("--target-dir")
            .arg(&build)
            .env("CARGO_PROFILE_DEV_DEBUG", "0"));
        // What it was built from is many times its size, and is not needed again.
        if build.exists() {
            fs::remove_dir_all(&build).context("tidying up after an installation")?;
        }
        outcome
    }
}

/// The first word that reads as a version.
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
    fn versions_are_found_in_what_tools_say_of_themselves() {
        let nextest = "cargo-nextest 0.9.143 (60fa45f63 2026-08-04)\nrelease: 0.9.143\n";
        assert_eq!(parse_version(nextest), Some([0, 9, 143]));
        assert_eq!(parse_version("cargo-deny 0.20.2"), Some([0, 20, 2]));
        assert_eq!(parse_version("0.9.2\n"), Some([0, 9, 2]));
        assert_eq!(parse_version("cargo-machete, some version"), None);
    }

    #[test]
    fn versions_are_ordered_by_number_and_not_by_text() {
        assert!(parse_version("0.9.143") > parse_version("0.9.92"));
    }
}

//! Tools from PyPI, each in a virtual environment in the target folder.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::workspace::{Workspace, report, run};

/// A package on PyPI that installs a program of the same name.
#[derive(Debug)]
pub struct Package {
    name: &'static str,
    version: &'static str,
}

/// Compares an API with its OpenAPI document.
pub const SCHEMATHESIS: Package = Package {
    name: "schemathesis",
    version: "4.32.5",
};
/// Finds misspelled words. The crate `typos-cli`, built: compiling it takes minutes.
pub const TYPOS: Package = Package {
    name: "typos",
    version: "1.52.0",
};

impl Package {
    /// Returns the path of the program, and installs the package first if it is missing.
    pub fn path(&self, workspace: &Workspace) -> Result<PathBuf> {
        let folder = workspace.target.join("tools").join(self.name);
        let program = folder.join("bin").join(self.name);
        let requirement = format!("{}=={}", self.name, self.version);
        // Written last: without it, the installation was interrupted.
        let stamp = folder.join("package.txt");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirement) {
            return Ok(program);
        }
        let shown = folder.display();
        report(&format!("installing {requirement} into {shown}"));
        if folder.exists() {
            fs::remove_dir_all(&folder).context("removing an interrupted installation")?;
        }
        let mut python = workspace.command("python3");
        run(python.args(["-m", "venv"]).arg(&folder))?;
        let mut pip = workspace.command(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check"]);
        run(pip.arg(&requirement))?;
        fs::write(&stamp, &requirement)?;
        Ok(program)
    }
}

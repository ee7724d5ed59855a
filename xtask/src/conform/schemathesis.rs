//! schemathesis, which compares an API with its OpenAPI document: from PyPI, into the target folder.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::{
    process::{command, run, say},
    workspace::Workspace,
};

/// The version that is known to work.
const PACKAGE: &str = "schemathesis==4.32.5";

/// The path of its program, installed first where it is missing.
pub fn ready(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("tools/schemathesis");
    let program = folder.join("bin/schemathesis");
    // It is written last: a folder without it was left half way.
    let stamp = folder.join("package.txt");
    if fs::read_to_string(&stamp).is_ok_and(|package| package == PACKAGE) {
        return Ok(program);
    }
    say(&format!("installing {PACKAGE} into {}", folder.display()));
    if folder.exists() {
        fs::remove_dir_all(&folder).context("an installation that was left half way")?;
    }
    run(command(&workspace.root, "python3")
        .args(["-m", "venv"])
        .arg(&folder))?;
    run(command(&workspace.root, folder.join("bin/python")).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        PACKAGE,
    ]))?;
    fs::write(&stamp, PACKAGE)?;
    Ok(program)
}

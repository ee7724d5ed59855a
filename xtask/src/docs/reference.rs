//! Pages that need the whole gateway: `docs/openapi.json`, and the reference of settings.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use super::page::Pages;
use crate::{
    process::{command, read},
    workspace::Workspace,
};

/// Adds the pages that the example `docs` of the gateway's crate prints. It is a program of its own,
/// so that this one builds without the gateway.
pub fn add(workspace: &Workspace, pages: &mut Pages<'_>) -> Result<()> {
    let printed = read(command(&workspace.root, "cargo").args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "fast-temporal",
        "--example",
        "docs",
    ]))?;
    let printed: BTreeMap<String, String> =
        serde_json::from_str(&printed).context("the output of the example `docs`")?;
    for (target, text) in printed {
        match target.split_once('#') {
            Some((path, block)) => pages.set_block(path, block, &text)?,
            None => pages.set(&target, text),
        }
    }
    Ok(())
}

//! Pages that need the whole gateway: `docs/openapi.json`, and the reference of settings.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use super::page::Pages;
use crate::{
    process::{command, read, run},
    workspace::Workspace,
};

/// Adds the pages that the example `docs` of the gateway's crate prints. It is a program of its own,
/// so that this one builds without the gateway.
pub fn add(workspace: &Workspace, pages: &mut Pages<'_>) -> Result<()> {
    // With the features of the whole workspace, as the tests, so that both share their build.
    let arguments = ["build", "--workspace", "--example", "docs", "--locked"];
    run(command(&workspace.root, "cargo").args(arguments))?;
    let program = workspace.target.join("debug/examples/docs");
    let printed = read(&mut command(&workspace.root, program))?;
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

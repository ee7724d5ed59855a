//! `cargo xtask docs`: writes the generated parts of the documentation, and checks the rest of it.
//!
//! Pages in `docs/protocol` contain blocks between `<!-- generated: NAME -->` and `<!-- end -->`.

mod conformance;
mod error_page;
mod link;
mod page;
mod table;

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, Result, bail};
use fast_temporal_protocol::v1::asyncapi;

use self::page::Pages;
use crate::{
    tree::Tree,
    workspace::{Workspace, read, report, run as run_command},
};

/// Whether to write.
#[derive(Default, clap::Args)]
pub struct Arguments {
    /// Write nothing, and fail if a generated page is stale.
    #[arg(long)]
    pub check: bool,
}

/// Writes the generated pages, or with `--check` compares them, and reports every problem in the
/// documentation.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let tree = Tree::read(&workspace.root)?;
    let mut problems = Vec::new();
    for (path, text) in generate(workspace, &tree)? {
        if tree.text(&path) == Some(&*text) {
            continue;
        }
        if arguments.check {
            problems.push(format!("{path}: stale: run `cargo xtask docs`"));
        } else {
            fs::write(workspace.root.join(&path), text).with_context(|| path.clone())?;
            report(&format!("wrote {path}"));
        }
    }
    let tree = Tree::read(&workspace.root)?;
    problems.extend(error_page::check(&tree));
    problems.extend(conformance::check(&tree));
    problems.extend(link::check(&tree));
    for problem in &problems {
        report(&format!("error: {problem}"));
    }
    match problems.len() {
        0 => Ok(()),
        count => bail!("{count} problems in the documentation"),
    }
}

/// Returns every generated page with its current text.
fn generate(workspace: &Workspace, tree: &Tree) -> Result<Vec<(String, String)>> {
    let asyncapi = asyncapi();
    let mut pages = Pages::new(tree);
    for (page, block, text) in [
        ("errors", "errors", table::errors()),
        ("events", "events", table::events(&asyncapi)),
        ("operations", "operations", table::operations(&asyncapi)),
        ("websocket", "notices", table::notices(&asyncapi)),
        ("websocket", "close codes", table::close_codes()),
    ] {
        pages.set_block(&format!("docs/protocol/{page}.md"), block, &text)?;
    }
    pages.set("docs/protocol/conformance.md", conformance::page(tree));
    pages.set("docs/asyncapi.json", format!("{asyncapi:#}\n"));
    for (target, text) in gateway_pages(workspace)? {
        match target.split_once('#') {
            Some((path, block)) => pages.set_block(path, block, &text)?,
            None => pages.set(&target, text),
        }
    }
    Ok(pages.finish())
}

/// Returns the pages that need the whole gateway: the OpenAPI document and the reference of settings. The
/// example `docs` of the gateway's crate prints them, so that this program builds without the gateway.
fn gateway_pages(workspace: &Workspace) -> Result<BTreeMap<String, String>> {
    // With the features of the whole workspace, as the tests, so that both share their build.
    let mut build = workspace.cargo("build --workspace --example docs --locked");
    run_command(&mut build)?;
    let program = workspace.target.join("debug/examples/docs");
    let printed = read(&mut workspace.command(program))?;
    serde_json::from_str(&printed).context("the output of the example `docs`")
}

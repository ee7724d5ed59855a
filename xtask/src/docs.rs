//! `cargo xtask docs`: writes the generated parts of the documentation, and checks the rest of it.
//!
//! Pages in `docs/protocol` contain blocks between `<!-- generated: NAME -->` and `<!-- end -->`.

mod conformance;
mod error_page;
mod link;
mod page;
mod reference;
mod table;

use std::fs;

use anyhow::{Context as _, Result, bail};
use fast_temporal_protocol::v1::asyncapi;

use self::page::Pages;
use crate::{process::report, tree::Tree, workspace::Workspace};

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
    pages.set_block("docs/protocol/errors.md", "errors", &table::errors())?;
    pages.set_block(
        "docs/protocol/events.md",
        "events",
        &table::events(&asyncapi),
    )?;
    pages.set_block(
        "docs/protocol/operations.md",
        "operations",
        &table::operations(&asyncapi),
    )?;
    pages.set_block(
        "docs/protocol/websocket.md",
        "notices",
        &table::notices(&asyncapi),
    )?;
    pages.set_block(
        "docs/protocol/websocket.md",
        "close codes",
        &table::close_codes(),
    )?;
    pages.set("docs/protocol/conformance.md", conformance::page(tree));
    pages.set("docs/asyncapi.json", format!("{asyncapi:#}\n"));
    reference::add(workspace, &mut pages)?;
    Ok(pages.finish())
}

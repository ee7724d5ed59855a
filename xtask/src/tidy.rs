//! `cargo xtask tidy`: what the house rules say of the source tree and a program can see.

mod error_page;
mod finding;
mod folder;
mod leftover;
mod link;
mod name;
mod requirement;
mod size;
mod tree;

use anyhow::{Result, bail};

use self::finding::Finding;
pub use self::tree::{File, Tree};
use crate::{process::say, workspace::Workspace};

/// Looks at everything and says all that it found. Warnings alone are no error.
pub fn run(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(&workspace.root)?;
    let findings = check(&tree);
    for finding in &findings {
        say(&finding.to_string());
    }
    match findings.iter().filter(|finding| finding.fails()).count() {
        0 => {
            say(&format!("{} files are tidy", tree.files().len()));
            Ok(())
        }
        failing => bail!("the source tree is untidy in {failing} places"),
    }
}

fn check(tree: &Tree) -> Vec<Finding> {
    let checks = [
        size::check,
        name::check,
        folder::check,
        leftover::check,
        link::check,
        error_page::check,
        requirement::check,
    ];
    checks.into_iter().flat_map(|check| check(tree)).collect()
}

//! `cargo xtask conform`: black-box tests of gateways, by their addresses.

use anyhow::Result;

use crate::{
    process::{command, run as run_command},
    pypi,
    workspace::Workspace,
};

/// What to test.
#[derive(Default, clap::Args)]
pub struct Arguments {
    /// The gateways, such as http://127.0.0.1:8000. Without any, two are started with all they
    /// need, and killed, too.
    urls: Vec<String>,
    /// What else to tell `fast-temporal-conform`; `-- --help` says what there is.
    #[arg(last = true)]
    more: Vec<String>,
}

/// Builds the tests and the gateway, and runs the tests.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let root = &workspace.root;
    // Together, so that both are built with the features that the workspace's tests use, once.
    run_command(command(root, "cargo").args(["build", "--workspace", "--bins", "--locked"]))?;
    let mut conform = command(root, workspace.target.join("debug/fast-temporal-conform"));
    if arguments.urls.is_empty() {
        conform.arg("--spawn");
    } else {
        conform.args(&arguments.urls);
    }
    conform
        .arg("--schemathesis")
        .arg(pypi::SCHEMATHESIS.ready(workspace)?);
    conform.args(&arguments.more);
    run_command(&mut conform)
}

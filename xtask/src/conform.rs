//! `cargo xtask conform`: black-box tests of running gateways.

use anyhow::Result;

use crate::{
    process::{command, run as run_command},
    pypi,
    workspace::Workspace,
};

/// What to test.
#[derive(Default, clap::Args)]
pub struct Arguments {
    /// The gateways, such as http://127.0.0.1:8000. By default the tests start two gateways with a
    /// Temporal server, and also kill them.
    urls: Vec<String>,
    /// Further arguments of `fast-temporal-conform`: see `-- --help`.
    #[arg(last = true)]
    more: Vec<String>,
}

/// Builds the tests and the gateway, and runs the tests.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let root = &workspace.root;
    // One build of both, with the same features as the workspace's tests.
    run_command(command(root, "cargo").args(["build", "--workspace", "--bins", "--locked"]))?;
    let mut conform = command(root, workspace.target.join("debug/fast-temporal-conform"));
    if arguments.urls.is_empty() {
        conform.arg("--spawn");
    } else {
        conform.args(&arguments.urls);
    }
    conform
        .arg("--schemathesis")
        .arg(pypi::SCHEMATHESIS.path(workspace)?);
    conform.args(&arguments.more);
    run_command(&mut conform)
}

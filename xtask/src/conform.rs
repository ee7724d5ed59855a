//! `cargo xtask conform`: black-box tests of running gateways.

use anyhow::Result;

use crate::{
    pypi,
    workspace::{self, Workspace},
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
    // One build of both, with the same features as the workspace's tests.
    workspace::run(&mut workspace.cargo("build --workspace --bins --locked"))?;
    let program = workspace.target.join("debug/fast-temporal-conform");
    let mut conform = workspace.command(program);
    if arguments.urls.is_empty() {
        conform.arg("--spawn");
    } else {
        conform.args(&arguments.urls);
    }
    let schemathesis = pypi::SCHEMATHESIS.path(workspace)?;
    conform.arg("--schemathesis").arg(schemathesis);
    workspace::run(conform.args(&arguments.more))
}

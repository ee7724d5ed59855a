//! Black-box tests of the `v1` protocol: they know only the addresses of gateways.
//!
//! [`case::all`] is the table of cases; each is an async function that receives a
//! [`world::World`], the gateways under test and the credentials for them. With `--spawn` the
//! [`environment`] starts two gateways, a Temporal dev server and a worker, which the cases about faults
//! then kill. Knows nothing of the gateway's insides, not even its types.

mod args;
mod case;
mod client;
mod environment;
mod oracle;
mod report;
mod run;
mod subscriber;
mod token;
mod user;
mod worker;
mod workflow;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Arguments, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command() {
        Command::Worker(arguments) => worker::run(arguments).await.map(|()| true),
        Command::Run(arguments) => run::run(arguments).await,
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            report::print(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

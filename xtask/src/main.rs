//! Tasks of the workspace: `cargo xtask verify` checks everything, `cargo xtask docs` writes the
//! generated documentation.

mod conform;
mod docs;
mod prose;
mod pypi;
mod tree;
mod verify;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Tasks of the Fast Temporal workspace.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check everything: formatting, lints, documentation, dependencies, tests.
    Verify(verify::Arguments),
    /// Run black-box tests against the gateways at the given addresses, or against two new ones.
    Conform(conform::Arguments),
    /// Write the generated documentation, and check error pages, requirements and links.
    Docs(docs::Arguments),
    /// Check spelling, and phrases that are hard to read.
    Prose,
}

fn main() -> ExitCode {
    let workspace = Workspace::find();
    let outcome = match Arguments::parse().command {
        Command::Verify(arguments) => verify::run(&workspace, &arguments),
        Command::Conform(arguments) => conform::run(&workspace, &arguments),
        Command::Docs(arguments) => docs::run(&workspace, &arguments),
        Command::Prose => prose::run(&workspace),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            workspace::report(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

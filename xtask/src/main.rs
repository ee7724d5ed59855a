//! Chores of the workspace: `cargo xtask verify` is the whole check, `cargo xtask tidy` the part of
//! it that looks at the source tree. Knows nothing of what the product does.

mod conform;
mod process;
mod prose;
mod pypi;
mod tidy;
mod verify;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Chores of the Fast Temporal workspace.
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
    /// Test gateways from the outside: those at the given addresses, or two that are started.
    Conform(conform::Arguments),
    /// Check sizes, names, error pages and left-overs in the source tree.
    Tidy,
    /// Check spelling, and phrases that are hard to read.
    Prose,
}

fn main() -> ExitCode {
    let workspace = Workspace::find();
    let outcome = match Arguments::parse().command {
        Command::Verify(arguments) => verify::run(&workspace, &arguments),
        Command::Conform(arguments) => conform::run(&workspace, &arguments),
        Command::Tidy => tidy::run(&workspace),
        Command::Prose => prose::run(&workspace),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

//! The programs `fast-temporal` and `fast-temporal-run`: settings, logging, commands, and the assembly of the gateway.
//! Only these programs and the tests use this library.

mod args;
mod commands;
pub mod config;
mod gateway;
mod logging;
mod open_files;
mod output;
mod process;

use std::process::ExitCode;

use clap::Parser as _;

use self::{
    args::{Arguments, RunArguments},
    commands::serve::Exposure,
    output::{clap_exit_code, exit_code},
};

/// Runs `fast-temporal` with the command line of this process.
pub fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => exit_code(commands::run(arguments.command)),
        Err(error) => clap_exit_code(&error),
    }
}

/// Runs `fast-temporal-run` with the command line of this process.
pub fn run_main() -> ExitCode {
    match RunArguments::try_parse() {
        Ok(arguments) => {
            let flags = arguments.listen.flags();
            exit_code(commands::serve::run(flags, Exposure::Warn))
        }
        Err(error) => clap_exit_code(&error),
    }
}

//! The programs `fast-temporal` and `fast-temporal-run`: settings, log lines, commands, and the
//! one place where the gateway is put together. Only they use this as a library.

mod args;
mod commands;
pub mod config;
mod exit;
mod gateway;
mod logging;
mod open_files;
mod output;
mod process;

use std::process::ExitCode;

use clap::Parser as _;

use self::{
    args::{Arguments, Command, RunArguments},
    commands::serve::Exposure,
    exit::{exit_code, usage_exit_code},
};

/// Runs `fast-temporal` with the command line of this process.
pub fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => exit_code(run(arguments.command)),
        Err(error) => usage_exit_code(&error),
    }
}

/// Runs `fast-temporal-run` with the command line of this process.
pub fn run_main() -> ExitCode {
    match RunArguments::try_parse() {
        Ok(arguments) => exit_code(commands::serve::run(
            arguments.listen.flags(),
            Exposure::Warn,
        )),
        Err(error) => usage_exit_code(&error),
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(arguments) => commands::serve::run(arguments.flags(), Exposure::Refuse),
        #[cfg(feature = "dev")]
        Command::Dev(arguments) => commands::dev::run(arguments),
        Command::Config(arguments) => commands::config::run(arguments),
        Command::Token(command) => commands::token::run(command),
    }
}

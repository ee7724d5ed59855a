//! How the programs end.

use std::process::ExitCode;

use crate::{config::ConfigErrors, logging::LogError, output};

/// `EX_USAGE` of BSD's sysexits: the command line or the settings are wrong.
const USAGE: u8 = 64;
/// Anything else that went wrong.
const FAILURE: u8 = 1;

/// The command line or the settings ask for something that is not allowed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Says what went wrong, if anything, and gives the exit code that tells it.
pub fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    output::say(&format!("error: {error:#}"));
    let usage = error.is::<UsageError>() || error.is::<ConfigErrors>() || error.is::<LogError>();
    ExitCode::from(if usage { USAGE } else { FAILURE })
}

/// The same for a command line that could not be read. Asking for help is no error.
pub fn usage_exit_code(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if error.use_stderr() {
        output::say(&text);
        ExitCode::from(USAGE)
    } else {
        output::print(&text);
        ExitCode::SUCCESS
    }
}

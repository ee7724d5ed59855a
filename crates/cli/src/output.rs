//! What the programs print, and their exit codes. Results go to standard output, everything else to standard error.

use std::{io, process::ExitCode};

use crate::{config::error::ConfigErrors, logging::LogError};

/// `EX_USAGE` of BSD's sysexits: the command line or the settings are invalid.
const USAGE: u8 = 64;
/// Any other failure.
const FAILURE: u8 = 1;

/// An invalid command line, or settings that aren't permitted.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Prints the error, if any, and returns the exit code.
pub fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    say(&format!("error: {error:#}"));
    let usage = error.is::<UsageError>() || error.is::<ConfigErrors>() || error.is::<LogError>();
    ExitCode::from(if usage { USAGE } else { FAILURE })
}

/// Prints what clap prints for a command line that it rejects, or for `--help`, and returns the exit code.
pub fn clap_exit_code(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if error.use_stderr() {
        say(&text);
        ExitCode::from(USAGE)
    } else {
        print(&text);
        ExitCode::SUCCESS
    }
}

/// Prints a result to standard output.
pub fn print(text: &str) {
    write(io::stdout().lock(), text);
}

/// Prints a status message or an error to standard error.
pub fn say(text: &str) {
    write(io::stderr().lock(), text);
}

fn write(mut to: impl io::Write, text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    // A closed pipe is not an error.
    let _unread = write!(to, "{text}{end}").and_then(|()| to.flush());
}

//! Log lines: to standard error, and to a file where one is set. Standard output is for output.

use std::{io, io::IsTerminal as _, path::Path};

use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::config::{LogFormat, LogSettings};

/// Dependencies that say at `info` what is news for nobody but their authors. What `RUST_LOG`
/// says of them wins.
const QUIET: &str = "h2=warn,hyper=warn,hyper_util=warn,tonic=warn,tower=warn,rustls=warn,\
                     temporalio_client=warn,temporalio_sdk=warn,temporalio_sdk_core=warn";

/// Writes what is still waiting for the log file when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct LogGuard {
    _file: Option<WorkerGuard>,
}

/// Why there are no log lines.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file can't be opened.
    #[error("LOG_FILE: cannot open {path:?} for appending: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The lines go somewhere already.
    #[error("logging was set up before")]
    Twice,
}

/// Sets up the log lines of this process. Call once, and keep the guard to the end.
pub fn start(settings: &LogSettings) -> Result<LogGuard, LogError> {
    let format = settings.format.unwrap_or(if io::stderr().is_terminal() {
        LogFormat::Human
    } else {
        LogFormat::Json
    });
    let mut layers = vec![lines(format, io::stderr().is_terminal(), io::stderr)];
    let mut guard = None;
    if let Some(path) = &settings.file {
        let (writer, file) = open(path)?;
        layers.push(lines(format, false, writer));
        guard = Some(file);
    }
    tracing_subscriber::registry()
        .with(layers)
        .with(filter(&settings.filter))
        .try_init()
        .map_err(|_| LogError::Twice)?;
    Ok(LogGuard { _file: guard })
}

fn open(path: &Path) -> Result<(NonBlocking, WorkerGuard), LogError> {
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    let file = file.map_err(|source| LogError::File {
        path: path.display().to_string(),
        source,
    })?;
    Ok(tracing_appender::non_blocking(file))
}

fn lines<W>(format: LogFormat, colours: bool, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'w> tracing_subscriber::fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    // Whoever has closed standard error needs no complaint about it there, which would be a panic.
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(colours)
        .log_internal_errors(false);
    match format {
        LogFormat::Human => Box::new(layer),
        LogFormat::Json => Box::new(layer.json().flatten_event(true)),
    }
}

/// What is asked for comes last, and so wins over the defaults where both name a target.
fn filter(asked: &str) -> EnvFilter {
    EnvFilter::new(format!("{QUIET},{asked}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_wins_over_the_quiet_defaults() {
        let shown = filter("info,h2=trace").to_string();
        assert!(
            shown.contains("h2=trace") && !shown.contains("h2=warn"),
            "{shown}"
        );
        assert!(
            shown.contains("hyper=warn") && shown.contains("info"),
            "{shown}"
        );
    }
}

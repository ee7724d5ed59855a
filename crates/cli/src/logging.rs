//! Logging to standard error and, if it is set, to a file. Standard output is for results.

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use fast_temporal_core::settings::{choice, path, text};
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

fast_temporal_core::settings! {
    /// The settings of the log.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LogSettings {
        /// Format of log lines. By default, `human` on a terminal and `json` elsewhere.
        pub format: Option<LogFormat> = None => [
            "log.format",
            "LOG_FORMAT",
            choice(&[("human", LogFormat::Human), ("json", LogFormat::Json)]).optional(),
            example "\"json\""
        ],

        /// Path of a file to which log lines are appended, in addition to standard error.
        pub file: Option<PathBuf> = None
            => ["log.file", "LOG_FILE", path().optional(), example "\"app.log\""],

        /// Filter of log lines by level and target, such as `info,fast_temporal=debug`.
        pub filter: String = "info".to_owned() => [
            "log.filter",
            "RUST_LOG",
            text("a filter such as info or info,fast_temporal=debug", |text| EnvFilter::try_new(text).is_ok())
        ],
    }
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people.
    Human,
    /// One JSON object per line.
    Json,
}

/// Dependencies that log details at `info`. `RUST_LOG` overrides this.
const QUIET: &str = "h2=warn,hyper=warn,hyper_util=warn,tonic=warn,tower=warn,rustls=warn,\
                     temporalio_client=warn,temporalio_sdk=warn,temporalio_sdk_core=warn";

/// Flushes the log file when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct LogGuard {
    _file: Option<WorkerGuard>,
}

/// Logging can't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file can't be opened.
    #[error("LOG_FILE: cannot open {path:?} for appending")]
    File {
        /// The path.
        path: String,
        /// The error of the system.
        source: io::Error,
    },
    /// Logging has started before.
    #[error("logging has already started")]
    Twice,
}

/// Starts the logging of this process. Keep the guard until the process ends.
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

fn lines<W>(format: LogFormat, colors: bool, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'w> tracing_subscriber::fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    // If standard error is closed, reporting that there would panic.
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(colors)
        .log_internal_errors(false);
    match format {
        LogFormat::Human => Box::new(layer),
        LogFormat::Json => Box::new(layer.json().flatten_event(true)),
    }
}

/// Returns the filter. The setting comes last, so it overrides the defaults for the same target.
fn filter(setting: &str) -> EnvFilter {
    EnvFilter::new(format!("{QUIET},{setting}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_overrides_the_default_levels_of_dependencies() {
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

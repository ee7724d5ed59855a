//! Log lines.

use std::path::PathBuf;

use super::{
    reader::{Reader, kind},
    setting::settings,
};

settings! {
    LOG in "log": "Log lines. They go to standard error.";

    /// How lines are written. Without it: `human` on a terminal, else `json`.
    FORMAT = "LOG_FORMAT", key "log.format";

    /// A file that lines are appended to, too.
    FILE = "LOG_FILE", key "log.file";

    /// Which lines are written, as in `info,fast_temporal=debug`.
    LEVELS = "RUST_LOG", key "log.levels", default "info";
}

/// Log lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// `FORMAT`.
    pub format: Option<LogFormat>,
    /// `FILE`.
    pub file: Option<PathBuf>,
    /// `LEVELS`.
    pub filter: String,
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object on each line.
    Json,
}

impl LogSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let formats = kind::choice(&[("human", LogFormat::Human), ("json", LogFormat::Json)]);
        Self {
            format: reader.optional(&FORMAT, &formats),
            file: reader.path(&FILE),
            filter: reader.or(&LEVELS, &kind::filter()),
        }
    }
}

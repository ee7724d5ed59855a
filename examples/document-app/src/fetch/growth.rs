//! How far something is that grows in a folder: what is there is what has come.

use std::{
    io,
    path::{Path, PathBuf},
    pin::pin,
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::FetchError;

/// How often one looks.
const LOOK: Duration = Duration::from_secs(5);
/// How long nothing may come. pip itself gives up on a server that is silent after a minute and a
/// half, and says more of it.
pub(super) const STALL: Duration = Duration::from_mins(3);

/// Waits for what fills a folder, as long as it does. `news` is told each time that there is more.
pub(super) async fn while_it_grows<T>(
    folder: &Path,
    filling: impl Future<Output = T>,
    mut news: impl FnMut(u64),
) -> Result<T, FetchError> {
    let mut filling = pin!(filling);
    let mut most = 0;
    let mut since = Instant::now();
    loop {
        tokio::select! {
            biased;
            done = &mut filling => return Ok(done),
            () = sleep(LOOK) => {}
        }
        let size = size_of(folder);
        if size > most {
            most = size;
            since = Instant::now();
            news(size);
        } else if since.elapsed() >= STALL {
            return Err(FetchError::Stalled);
        }
    }
}

/// How much there is in a folder, in bytes. What comes and goes meanwhile counts or does not.
pub fn size_of(folder: &Path) -> u64 {
    let mut sum = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        sum += size_within(&folder, &mut folders).unwrap_or_default();
    }
    sum
}

fn size_within(folder: &Path, folders: &mut Vec<PathBuf>) -> io::Result<u64> {
    let mut sum = 0;
    for entry in folder.read_dir()? {
        let entry = entry?;
        // Of a link, itself.
        let found = entry.metadata()?;
        if found.is_dir() {
            folders.push(entry.path());
        } else {
            sum += found.len();
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_grows_is_waited_for_and_told_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("below/file");
        let filling = async {
            fs::create_dir(folder.path().join("below")).expect("a folder");
            // Slow, but never so long without anything.
            for size in 1..=4 {
                sleep(STALL.saturating_sub(LOOK)).await;
                fs::write(&path, vec![0; size]).expect("a file");
            }
            sleep(LOOK).await;
            "done"
        };
        let mut told = Vec::new();
        let done = while_it_grows(folder.path(), filling, |size| told.push(size)).await;
        assert_eq!(done.expect("it grew"), "done");
        assert_eq!(told, [1, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_grow_any_more_is_given_up() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), "some").expect("a file");
        let never = std::future::pending::<()>();
        let started = Instant::now();
        let outcome = while_it_grows(folder.path(), never, |_| {}).await;
        assert!(matches!(outcome, Err(FetchError::Stalled)));
        assert!(started.elapsed() < STALL + 3 * LOOK);
    }
}

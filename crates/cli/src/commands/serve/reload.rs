//! Notices that the settings' file or `.env` has changed.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::config::Sources;

/// How often the files are looked at. They are small, and reading them finds every change, also
/// one that leaves the time of change alone.
const PACE: Duration = Duration::from_secs(1);

/// Waits until the files say something else than in `known`, and gives all sources as they are
/// then. What they say has to stand for a second: somebody may be writing. While a file can't be
/// read, all count as unchanged. Dropping the future loses nothing.
pub async fn changed(known: &Sources) -> Sources {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before: Option<Sources> = None;
    let mut told = false;
    loop {
        pace.tick().await;
        match known.reread() {
            Ok(now) if now.same_files(known) => before = None,
            Ok(now) if before.as_ref().is_some_and(|before| now.same_files(before)) => return now,
            Ok(now) => before = Some(now),
            Err(error) if !told => {
                tracing::error!("{error}");
                told = true;
            }
            Err(_) => {}
        }
    }
}

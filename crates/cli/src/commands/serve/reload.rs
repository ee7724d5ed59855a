//! Notices that `.env` has changed.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::config::read_dotenv;

/// How often the file is looked at. It is small, and reading it finds every change, also one
/// that leaves its time of change alone.
const PACE: Duration = Duration::from_secs(1);

/// Waits until the file says something else than `known`, and gives what it says; `None` where
/// it is gone. What it says has to stand for a second: somebody may be writing it. While it can't
/// be read, it counts as unchanged. Dropping the future loses nothing.
pub async fn changed(known: Option<&str>) -> Option<String> {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = None;
    let mut told = false;
    loop {
        pace.tick().await;
        match read_dotenv() {
            Ok(text) if text.as_deref() == known => before = None,
            Ok(text) if before.as_ref() == Some(&text) => return text,
            Ok(text) => before = Some(text),
            Err(error) if !told => {
                tracing::error!("{error}");
                told = true;
            }
            Err(_) => {}
        }
    }
}

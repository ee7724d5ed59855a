//! How running activities stand, for those who ask.
//!
//! Attempts, heartbeats and the failures of attempts are not in history. Temporal keeps them in a
//! run's mutable state, tells nobody when they change, and shows them to who describes the run. So
//! this alone is polled: while a feed's readers ask and activities are pending, one task describes
//! the run, at a modest pace that is bounded for the whole node, and backs off where that fails.
//!
//! What it finds is ephemeral. It has no cursor and is never replayed: a reader that has read all
//! events there are is told what has changed, and nothing of activities that these have closed.

mod activity;
mod board;
mod pace;
mod pending;

use std::{sync::Arc, time::Duration};

use fast_temporal_protocol::v1::PendingActivity;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::debug;

pub use self::activity::ActivityProgress;
use self::board::Board;
pub(super) use self::{board::Asked, pace::Pace, pending::Pending};
use super::{
    FeedConfig,
    log::{Feed, Phase},
    on_demand::OnDemand,
};
use crate::{Backoff, Engine, jittered};

/// After failures in a row, up to this many intervals pass between two polls.
const MAX_INTERVALS: u32 = 16;

/// What one feed tells of its activities, and what it takes to find that out.
pub(super) struct Progress {
    engine: Arc<dyn Engine>,
    interval: Duration,
    pace: Arc<Pace>,
    board: OnDemand<Arc<Board>>,
}

impl Progress {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        config: &FeedConfig,
        pace: Arc<Pace>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        Self {
            engine,
            interval: config.progress_interval,
            pace,
            board: OnDemand::new(tasks, stop),
        }
    }

    /// One more reader asks, for as long as it holds what it is given.
    pub(super) fn ask(&self, feed: &Arc<Feed>) -> Asked {
        Asked::new(self.board.ask(|| run(Arc::clone(feed))))
    }
}

async fn run(feed: Arc<Feed>) {
    let board = &feed.progress.board;
    let wipe = || {
        board
            .told()
            .send_modify(|board| *board = Arc::new(board.wiped()));
    };
    board.run(poll(&feed), wipe).await;
}

/// Asks again and again, until the feed is over.
async fn poll(feed: &Arc<Feed>) {
    let progress = &feed.progress;
    let usual = || jittered(progress.interval);
    let mut backoff = Backoff::new(progress.interval * 2, progress.interval * MAX_INTERVALS);
    // Who has just come is told soon, but not together with everybody else.
    let mut wait = progress.interval.mul_f64(fastrand::f64() / 10.0);
    loop {
        match until_pending(feed).await {
            Pends::Still => {}
            // Most activities are over before there is anything to tell of them.
            Pends::SinceNow => wait = usual(),
            Pends::Never => return,
        }
        sleep(wait).await;
        progress.pace.turn().await;
        let Some(run_id) = run_with_pending(feed) else {
            continue;
        };
        let details = progress.engine.details(&feed.workflow_id, Some(&run_id));
        match details.await {
            Ok(details) => {
                backoff.reset();
                wait = usual();
                write(feed, &run_id, details.pending_activities);
            }
            Err(error) => {
                wait = backoff.next_wait();
                debug!(workflow_id = %feed.workflow_id, %error, "can't tell how activities stand");
            }
        }
    }
}

/// Whether activities are pending.
enum Pends {
    Still,
    /// They were waited for.
    SinceNow,
    /// The feed is over.
    Never,
}

async fn until_pending(feed: &Feed) -> Pends {
    let mut changes = feed.changes();
    let mut pends = Pends::Still;
    loop {
        changes.borrow_and_update();
        if matches!(feed.log().phase, Phase::Ended | Phase::Failed(_)) {
            return Pends::Never;
        }
        if run_with_pending(feed).is_some() {
            return pends;
        }
        pends = Pends::SinceNow;
        // The sender lives in the feed.
        let _ = changes.changed().await;
    }
}

/// The run that is being followed, where all of it has been read and activities are pending.
fn run_with_pending(feed: &Feed) -> Option<Arc<str>> {
    let log = feed.log();
    let pends = log.is_up_to_date() && !log.pending.is_empty();
    log.runs.newest().filter(|_| pends).cloned()
}

/// Takes note of how a run's activities stand.
fn write(feed: &Feed, run_id: &Arc<str>, activities: Vec<PendingActivity>) {
    let mut log = feed.log();
    if log.runs.newest() != Some(run_id) {
        return;
    }
    log.pending.learn(&activities);
    // The others were closed since, or will be told of when the feed has come to them.
    let open = activities.into_iter().filter_map(|activity| {
        let scheduled = log.pending.scheduled(&activity.activity_id)?;
        Some((scheduled, activity))
    });
    let open = open.collect();
    drop(log);
    feed.progress.board.told().send_if_modified(|board| {
        let next = board.next(&feed.workflow_id, run_id, open);
        let news = next.is_newer_than(board);
        *board = Arc::new(next);
        news
    });
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress")
            .field("board", &self.board)
            .finish_non_exhaustive()
    }
}

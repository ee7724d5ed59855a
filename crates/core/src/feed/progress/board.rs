//! What is known of a run's activities, and what of that a reader has not been told.

use std::{collections::HashMap, sync::Arc};

use fast_temporal_protocol::v1::{PendingActivity, PendingActivityState};
use tokio::sync::watch;

use super::ActivityProgress;
use crate::feed::log::{Feed, Log, Phase};

/// How many activities a reader is told of at once, at most.
const BATCH: usize = 64;

/// How a run's activities stand, as far as that is not plain from their scheduling.
#[derive(Debug, Default)]
pub(super) struct Board {
    run_id: Option<Arc<str>>,
    /// In the order of their numbers.
    changes: Vec<Change>,
    /// How many changes there were so far.
    count: u64,
}

/// An activity as it is since some change.
#[derive(Clone, Debug)]
struct Change {
    /// Which of the feed's changes it was, from 1.
    number: u64,
    /// The event that scheduled the activity: ids may be used again.
    scheduled: i64,
    progress: Arc<ActivityProgress>,
}

impl Board {
    /// The same, where the activities of a run stand so now.
    pub(super) fn next(
        &self,
        workflow_id: &Arc<str>,
        run_id: &Arc<str>,
        activities: Vec<(i64, PendingActivity)>,
    ) -> Self {
        let is_same_run = self.run_id.as_ref() == Some(run_id);
        let known = self.changes.iter().filter(|_| is_same_run);
        let known: HashMap<_, _> = known
            .map(|change| (&*change.progress.activity().activity_id, change))
            .collect();
        let mut next = Self {
            run_id: Some(Arc::clone(run_id)),
            ..self.wiped()
        };
        let mut news = Vec::new();
        for (scheduled, activity) in activities {
            let before = known.get(&*activity.activity_id);
            match before.filter(|before| before.scheduled == scheduled) {
                Some(before) if stands_alike(before.progress.activity(), &activity) => {
                    next.changes.push(Change::clone(before));
                }
                None if stands_as_scheduled(&activity) => {}
                _ => news.push((scheduled, activity)),
            }
        }
        next.changes.sort_unstable_by_key(|change| change.number);
        for (scheduled, activity) in news {
            next.count += 1;
            next.changes.push(Change {
                number: next.count,
                scheduled,
                progress: Arc::new(ActivityProgress::new(Arc::clone(workflow_id), activity)),
            });
        }
        next
    }

    /// Whether there is something that the other does not tell.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        self.count > other.count
    }

    /// Nothing is known any more.
    pub(super) fn wiped(&self) -> Self {
        Self {
            count: self.count,
            ..Self::default()
        }
    }
}

/// Whether there is nothing to tell of the change from one to the other.
fn stands_alike(one: &PendingActivity, other: &PendingActivity) -> bool {
    (one.attempt, one.state) == (other.attempt, other.state)
        && one.heartbeat_details == other.heartbeat_details
        && one.last_failure == other.last_failure
}

/// Whether there is nothing to tell that its scheduling has not told.
fn stands_as_scheduled(activity: &PendingActivity) -> bool {
    activity.attempt <= 1
        && activity.state == PendingActivityState::Scheduled
        && activity.heartbeat_details.is_empty()
        && activity.last_failure.is_none()
}

/// What a reader that asks has been told.
#[derive(Debug)]
pub(in crate::feed) struct Asked {
    board: watch::Receiver<Arc<Board>>,
    /// Up to which change it was told.
    told: u64,
}

impl Asked {
    pub(super) fn new(board: watch::Receiver<Arc<Board>>) -> Self {
        Self { board, told: 0 }
    }

    /// What there is to tell a reader that stands before the entry of that number, which the feed
    /// has still to come to. Waits until there is something; dropping the future loses nothing.
    pub(in crate::feed) async fn next(
        &mut self,
        feed: &Feed,
        number: u64,
    ) -> Vec<Arc<ActivityProgress>> {
        loop {
            let news = {
                let log = feed.log();
                let is_at_tail = log.phase == Phase::Live && log.ring.next_number() == number;
                if is_at_tail {
                    self.take(&log)
                } else {
                    Vec::new()
                }
            };
            if !news.is_empty() {
                return news;
            }
            // The sender lives in the feed, which the reader holds.
            let _ = self.board.changed().await;
        }
    }

    /// What has not been told yet of activities that the feed has not closed.
    fn take(&mut self, log: &Log) -> Vec<Arc<ActivityProgress>> {
        let board = Arc::clone(&self.board.borrow_and_update());
        if board.run_id.as_ref() != log.runs.newest() {
            return Vec::new();
        }
        let untold = board
            .changes
            .partition_point(|change| change.number <= self.told);
        self.told = board.count;
        let mut news = Vec::new();
        for change in &board.changes[untold..] {
            let id = &change.progress.activity().activity_id;
            if log.pending.scheduled(id) != Some(change.scheduled) {
                continue;
            }
            news.push(Arc::clone(&change.progress));
            if news.len() == BATCH {
                self.told = change.number;
                break;
            }
        }
        news
    }
}

//! The progress of a run's activities at one time, and what has changed since earlier ones.

use std::{collections::HashMap, sync::Arc};

use fast_temporal_protocol::v1::{PendingActivity, PendingActivityState};

use super::activity::ActivityProgress;

/// The activities of a run whose progress differs from what their scheduling says.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) run_id: Option<Arc<str>>,
    /// In the order of their numbers.
    pub(super) changes: Vec<Change>,
    /// The number of changes so far.
    pub(super) count: u64,
}

/// The last change of an activity.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The number of this change among the feed's, from 1.
    pub(super) number: u64,
    /// The event that scheduled the activity: ids can be used again.
    pub(super) scheduled: i64,
    pub(super) progress: Arc<ActivityProgress>,
}

impl Snapshot {
    /// Returns the snapshot after this one, with the activities of a run as they are now.
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
            ..self.cleared()
        };
        let mut changed = Vec::new();
        for (scheduled, activity) in activities {
            let before = known.get(&*activity.activity_id);
            match before.filter(|before| before.scheduled == scheduled) {
                Some(before) if has_same_progress(before.progress.activity(), &activity) => {
                    next.changes.push(Change::clone(before));
                }
                None if has_no_progress(&activity) => {}
                _ => changed.push((scheduled, activity)),
            }
        }
        next.changes.sort_unstable_by_key(|change| change.number);
        for (scheduled, activity) in changed {
            next.count += 1;
            next.changes.push(Change {
                number: next.count,
                scheduled,
                progress: Arc::new(ActivityProgress::new(Arc::clone(workflow_id), activity)),
            });
        }
        next
    }

    /// Whether this has changes that the other lacks.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        self.count > other.count
    }

    /// Returns a snapshot without activities. The numbers of changes continue.
    pub(super) fn cleared(&self) -> Self {
        Self {
            count: self.count,
            ..Self::default()
        }
    }
}

fn has_same_progress(one: &PendingActivity, other: &PendingActivity) -> bool {
    (one.attempt, one.state) == (other.attempt, other.state)
        && one.heartbeat_details == other.heartbeat_details
        && one.last_failure == other.last_failure
}

/// Whether the activity is as it was scheduled.
fn has_no_progress(activity: &PendingActivity) -> bool {
    activity.attempt <= 1
        && activity.state == PendingActivityState::Scheduled
        && activity.heartbeat_details.is_empty()
        && activity.last_failure.is_none()
}

//! Which activities of a run are pending, as its events tell.

use std::collections::{HashMap, HashSet};

use fast_temporal_protocol::{Event, EventData, v1::PendingActivity};

/// The activities that the run which is being followed has scheduled and not closed.
#[derive(Debug, Default)]
pub(in crate::feed) struct Pending {
    /// By their ids, the events that scheduled them.
    open: HashMap<String, i64>,
    /// Set after a reset, whose feed does not show what was scheduled before the fork: the ids of
    /// activities that were closed since. Those before the fork are learned when they are asked for.
    since_reset: Option<HashSet<String>>,
}

impl Pending {
    /// Whether there is none, for sure.
    pub(in crate::feed) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.since_reset.is_none()
    }

    /// The event that scheduled a pending activity; 0 where the feed does not show it.
    pub(super) fn scheduled(&self, activity_id: &str) -> Option<i64> {
        self.open.get(activity_id).copied()
    }

    /// Takes note of the run's next event.
    pub(in crate::feed) fn note(&mut self, event: &Event) {
        let closed = match &event.data {
            EventData::ActivityScheduled(activity) => {
                let event_id = event.cursor.position.event_id;
                self.open.insert(activity.activity_id.clone(), event_id);
                return;
            }
            EventData::WorkflowReset(_) => {
                self.since_reset = Some(HashSet::new());
                return;
            }
            EventData::ActivityCompleted(activity) => &activity.activity_id,
            EventData::ActivityFailed(activity) => &activity.activity_id,
            EventData::ActivityTimedOut(activity) => &activity.activity_id,
            EventData::ActivityCanceled(activity) => &activity.activity_id,
            _ => return,
        };
        self.open.remove(closed);
        if let Some(since_reset) = &mut self.since_reset {
            since_reset.insert(closed.clone());
        }
    }

    /// Takes note of what Temporal says is pending.
    pub(super) fn learn(&mut self, activities: &[PendingActivity]) {
        let Some(closed) = self.since_reset.take() else {
            return;
        };
        let unseen = activities.iter().map(|activity| &activity.activity_id);
        for id in unseen.filter(|id| !closed.contains(*id)) {
            self.open.entry(id.clone()).or_insert(0);
        }
    }
}

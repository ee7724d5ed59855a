//! The pending activities of a run, according to its events.

use std::collections::{HashMap, HashSet};

use fast_temporal_protocol::{Event, EventData, v1::PendingActivity};

/// The activities that the newest run has scheduled and not closed.
#[derive(Debug, Default)]
pub(crate) struct PendingActivities {
    /// The ids of the events that scheduled them, by activity id.
    open: HashMap<String, i64>,
    /// Set after a reset, whose feed does not show activities scheduled before the reset point: the
    /// ids of activities closed since. The earlier ones are learned from the next description.
    closed_since_reset: Option<HashSet<String>>,
}

impl PendingActivities {
    /// Whether certainly none is pending.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.closed_since_reset.is_none()
    }

    /// The event that scheduled a pending activity; 0 if the feed does not show it.
    pub(crate) fn scheduled(&self, activity_id: &str) -> Option<i64> {
        self.open.get(activity_id).copied()
    }

    /// Applies the run's next event.
    pub(crate) fn apply(&mut self, event: &Event) {
        let closed = match &event.data {
            EventData::ActivityScheduled(activity) => {
                let event_id = event.cursor.position.event_id;
                self.open.insert(activity.activity_id.clone(), event_id);
                return;
            }
            EventData::WorkflowReset(_) => {
                self.closed_since_reset = Some(HashSet::new());
                return;
            }
            EventData::ActivityCompleted(activity) => &activity.activity_id,
            EventData::ActivityFailed(activity) => &activity.activity_id,
            EventData::ActivityTimedOut(activity) => &activity.activity_id,
            EventData::ActivityCanceled(activity) => &activity.activity_id,
            _ => return,
        };
        self.open.remove(closed);
        if let Some(closed_since_reset) = &mut self.closed_since_reset {
            closed_since_reset.insert(closed.clone());
        }
    }

    /// Adds activities from before a reset that Temporal lists as pending.
    pub(crate) fn learn(&mut self, activities: &[PendingActivity]) {
        let Some(closed) = self.closed_since_reset.take() else {
            return;
        };
        let unseen = activities.iter().map(|activity| &activity.activity_id);
        for id in unseen.filter(|id| !closed.contains(*id)) {
            self.open.entry(id.clone()).or_insert(0);
        }
    }
}

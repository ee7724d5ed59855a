//! A subscriber to the progress of activities.

use std::sync::Arc;

use tokio::sync::watch;

use super::{ActivityProgressPoll, activity::ActivityProgress, snapshot::Snapshot};

/// Maximum number of activities that a subscriber receives at once.
const BATCH: usize = 64;

/// Activities are polled while there is a subscriber.
pub(crate) struct ProgressSubscriber {
    poll: Arc<ActivityProgressPoll>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    /// The number of the last change that it received.
    received: u64,
}

impl ProgressSubscriber {
    pub(crate) fn new(poll: &Arc<ActivityProgressPoll>) -> Self {
        let poll = Arc::clone(poll);
        let snapshots = poll.snapshot.subscribe(|| Arc::clone(&poll).run());
        Self {
            poll,
            snapshots,
            received: 0,
        }
    }

    /// Returns changes for a subscriber whose next entry has this number, once it is the feed's next
    /// entry too. Waits until there are some; dropping the future loses nothing.
    pub(crate) async fn next(&mut self, number: u64) -> Vec<Arc<ActivityProgress>> {
        loop {
            let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
            let received = &mut self.received;
            let batch = self
                .poll
                .log
                .at_tail(number, snapshot.run_id.as_ref(), |is_open| {
                    take_batch(&snapshot, received, is_open)
                });
            if let Some(batch) = batch.filter(|batch| !batch.is_empty()) {
                return batch;
            }
            // The sender lives in the poll.
            let _ = self.snapshots.changed().await;
        }
    }
}

/// Returns the changes after the last received one, of activities that are still open.
fn take_batch(
    snapshot: &Snapshot,
    received: &mut u64,
    is_open: &dyn Fn(&str, i64) -> bool,
) -> Vec<Arc<ActivityProgress>> {
    let first = snapshot
        .changes
        .partition_point(|change| change.number <= *received);
    *received = snapshot.count;
    let mut batch = Vec::new();
    for change in &snapshot.changes[first..] {
        let activity_id = &change.progress.activity().activity_id;
        if !is_open(activity_id, change.scheduled) {
            continue;
        }
        batch.push(Arc::clone(&change.progress));
        if batch.len() == BATCH {
            *received = change.number;
            break;
        }
    }
    batch
}

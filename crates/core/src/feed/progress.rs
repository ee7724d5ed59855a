//! The progress of running activities, for subscribers that want it.
//!
//! Attempts, heartbeats and the failures of attempts are not in history. Temporal keeps them in a
//! run's mutable state, pushes no changes of it, and returns it to callers that describe the run. So
//! this is polled: while a feed has such subscribers and activities are pending, one task describes
//! the run at a modest pace, which is bounded for the whole node, and backs off after failures.
//!
//! What it finds is ephemeral. It has no cursor and is never replayed: a subscriber that has read
//! all events so far receives what has changed, except for activities that these events closed.

pub(crate) mod activity;
pub(crate) mod progress_subscriber;
mod snapshot;

use std::sync::Arc;

use tokio::time::sleep;
use tracing::debug;

use self::snapshot::Snapshot;
use super::{log::view::LogView, node::Node, on_demand::OnDemand};
use crate::{Backoff, jittered};

/// Maximum number of intervals between two polls, after failures in a row.
const MAX_INTERVALS: u32 = 16;

/// Polls the activities of one feed, on demand.
pub(crate) struct ActivityProgressPoll {
    node: Arc<Node>,
    log: LogView,
    snapshot: OnDemand<Arc<Snapshot>>,
}

/// Since when activities are pending.
enum Pending {
    Before,
    SinceNow,
}

impl ActivityProgressPoll {
    pub(crate) fn new(node: Arc<Node>, log: LogView) -> Self {
        let snapshot = OnDemand::new(node.tasks.clone(), node.stop.clone());
        Self {
            node,
            log,
            snapshot,
        }
    }

    async fn run(self: Arc<Self>) {
        let clear = || {
            let clear = |snapshot: &mut Arc<Snapshot>| *snapshot = Arc::new(snapshot.cleared());
            self.snapshot.sender().send_modify(clear);
        };
        self.snapshot.run(self.poll(), clear).await;
    }

    /// Polls until the feed has ended.
    async fn poll(&self) {
        let interval = self.node.config.progress_interval;
        let mut backoff = Backoff::new(interval * 2, interval * MAX_INTERVALS);
        // A new subscriber is served soon, but not together with everybody else.
        let mut wait = interval.mul_f64(fastrand::f64() / 10.0);
        while let Some(pending) = self.until_pending().await {
            // Most activities are closed before they make any progress.
            if let Pending::SinceNow = pending {
                wait = jittered(interval);
            }
            sleep(wait).await;
            self.node.progress_pace.turn().await;
            let Some(run_id) = self.log.run_with_pending_activities() else {
                continue;
            };
            let workflow_id = self.log.workflow_id();
            let details = self.node.engine.details(workflow_id, Some(&run_id));
            wait = match details.await {
                Ok(details) => {
                    backoff.reset();
                    if let Some(open) = self
                        .log
                        .open_activities(&run_id, details.pending_activities)
                    {
                        self.snapshot.sender().send_if_modified(|snapshot| {
                            let next = snapshot.next(workflow_id, &run_id, open);
                            let has_changes = next.is_newer_than(snapshot);
                            *snapshot = Arc::new(next);
                            has_changes
                        });
                    }
                    jittered(interval)
                }
                Err(error) => {
                    debug!(%workflow_id, %error, "cannot read the progress of activities");
                    backoff.next_wait()
                }
            };
        }
    }

    /// Waits until activities are pending; `None` once the feed has ended.
    async fn until_pending(&self) -> Option<Pending> {
        let mut changes = self.log.changes();
        let mut pending = Pending::Before;
        loop {
            changes.borrow_and_update();
            if self.log.is_finished() {
                return None;
            }
            if self.log.run_with_pending_activities().is_some() {
                return Some(pending);
            }
            pending = Pending::SinceNow;
            // The sender lives in the log.
            let _ = changes.changed().await;
        }
    }
}

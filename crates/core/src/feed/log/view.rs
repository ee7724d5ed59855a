//! What replays and activity progress may know of a feed's log: a few questions, no access.

use std::sync::Arc;

use fast_temporal_protocol::{Position, v1::PendingActivity};
use tokio::sync::watch;

use super::{FeedLog, Phase, runs::NextRun};

/// A narrow view of a log. A cheap handle.
#[derive(Clone, Debug)]
pub(crate) struct LogView(Arc<FeedLog>);

/// What the follower knows of the run after another one.
pub(crate) enum NextInLog {
    /// That run is the newest: its end is in the ring.
    Newest,
    Run(NextRun),
    /// The log lacks the run, or has read another end of it.
    Unknown,
}

impl LogView {
    pub(crate) fn new(log: Arc<FeedLog>) -> Self {
        Self(log)
    }

    pub(crate) fn workflow_id(&self) -> &Arc<str> {
        &self.0.workflow_id
    }

    pub(crate) fn first_run_id(&self) -> &Arc<str> {
        &self.0.first_run_id
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.0.changes()
    }

    /// Whether nothing more will come.
    pub(crate) fn is_finished(&self) -> bool {
        self.0.lock().is_finished()
    }

    /// The runs that the follower went through, oldest first. Old ones are not kept.
    pub(crate) fn run_ids(&self) -> Vec<Arc<str>> {
        self.0.lock().runs.ids()
    }

    /// The run after one that ends with the event at `last`.
    pub(crate) fn next_run(&self, run_id: &str, last: Option<Position>) -> NextInLog {
        let log = self.0.lock();
        // The follower may have started later, or have yet to reach this run.
        let Some(run) = log.runs.number(run_id) else {
            return NextInLog::Unknown;
        };
        match log.runs.after(run) {
            None => NextInLog::Newest,
            Some(next) if log.runs.read_to(run) == last => NextInLog::Run(next),
            // The end that the follower has read is lost, and so may be the run after it.
            Some(_) => NextInLog::Unknown,
        }
    }

    /// The newest run, if the follower has caught up and activities are pending.
    pub(crate) fn run_with_pending_activities(&self) -> Option<Arc<str>> {
        let log = self.0.lock();
        let pends = log.is_up_to_date() && !log.pending_activities.is_empty();
        log.runs.newest().filter(|_| pends).cloned()
    }

    /// Returns the pending activities of a run that the log shows as open, each with the event that
    /// scheduled it; `None` if that run is no longer the newest.
    pub(crate) fn open_activities(
        &self,
        run_id: &Arc<str>,
        pending: Vec<PendingActivity>,
    ) -> Option<Vec<(i64, PendingActivity)>> {
        let mut log = self.0.lock();
        if log.runs.newest() != Some(run_id) {
            return None;
        }
        log.pending_activities.learn(&pending);
        // The others were closed since, or the follower has yet to read them.
        let open = pending.into_iter().filter_map(|activity| {
            let scheduled = log.pending_activities.scheduled(&activity.activity_id)?;
            Some((scheduled, activity))
        });
        Some(open.collect())
    }

    /// Calls `read` with a check for open activities, if the log is live, this run is its newest and
    /// `number` is that of its next entry.
    pub(crate) fn at_tail<T>(
        &self,
        number: u64,
        run_id: Option<&Arc<str>>,
        read: impl FnOnce(&dyn Fn(&str, i64) -> bool) -> T,
    ) -> Option<T> {
        let log = self.0.lock();
        let at_tail = log.phase == Phase::Live
            && log.ring.next_number() == number
            && log.runs.newest() == run_id;
        at_tail.then(|| {
            read(&|activity_id, scheduled| {
                log.pending_activities.scheduled(activity_id) == Some(scheduled)
            })
        })
    }
}

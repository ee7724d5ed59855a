//! The activities of a workflow.

use fast_temporal_protocol::{
    Failure, Json,
    event::{ActivityCompleted, ActivityFailed, ActivityScheduled},
    v1::{PendingActivity, PendingActivityState},
};

use super::{FakeWorkflow, Run, failure};

impl FakeWorkflow {
    /// The workflow schedules an activity. Returns its id.
    pub fn schedule(&self, activity_type: &str) -> String {
        self.change(|histories| {
            let run = histories.run_mut(&self.workflow_id, &self.run_id);
            let activity_id = run.next_event_id().to_string();
            let scheduled = ActivityScheduled {
                activity_id: activity_id.clone(),
                activity_type: activity_type.to_owned(),
                task_queue: run.start.task_queue.clone(),
                ..ActivityScheduled::default()
            };
            let data = vec![scheduled.into()];
            histories.write(&self.workflow_id, &self.run_id, data);
            activity_id
        })
    }

    /// An activity completes: the oldest of that type.
    pub fn complete_activity(&self, activity_type: &str, result: Json) {
        let pending = self.pending(activity_type);
        self.push(ActivityCompleted {
            activity_id: id(pending.as_ref()),
            activity_type: activity_type.to_owned(),
            result,
            attempt: pending.as_ref().map_or(1, attempt),
            summary: None,
        });
    }

    /// An activity fails and has no attempts left: the oldest of that type.
    pub fn fail_activity(&self, activity_type: &str, message: &str) {
        let pending = self.pending(activity_type);
        self.push(ActivityFailed {
            activity_id: id(pending.as_ref()),
            activity_type: activity_type.to_owned(),
            failure: failure(message),
            attempt: pending.as_ref().map_or(1, attempt),
            ..ActivityFailed::default()
        });
    }

    /// A worker starts an activity. That is not in history, here and below.
    ///
    /// # Panics
    /// None of that type is pending, here and below.
    pub fn start_activity(&self, activity_type: &str) {
        self.change_attempt(activity_type, |activity, now| {
            activity.state = PendingActivityState::Started;
            activity.last_started_time = Some(now);
        });
    }

    /// An activity records a heartbeat.
    pub fn heartbeat(&self, activity_type: &str, details: Json) {
        self.change_attempt(activity_type, |activity, now| {
            activity.state = PendingActivityState::Started;
            activity.last_heartbeat_time = Some(now);
            activity.heartbeat_details = vec![details];
        });
    }

    /// An activity's attempt fails, and another one follows.
    pub fn fail_attempt(&self, activity_type: &str, message: &str) {
        self.fail_attempt_with(activity_type, failure(message));
    }

    /// The same with that failure.
    pub fn fail_attempt_with(&self, activity_type: &str, failure: Failure) {
        self.change_attempt(activity_type, |activity, now| {
            activity.state = PendingActivityState::Scheduled;
            activity.attempt += 1;
            activity.last_failure = Some(failure);
            activity.next_attempt_time = Some(now);
        });
    }

    fn change_attempt(
        &self,
        activity_type: &str,
        change: impl FnOnce(&mut PendingActivity, jiff::Timestamp),
    ) {
        let pending = self.pending(activity_type);
        let mut activity = pending.expect("a pending activity of this type");
        self.change(|histories| {
            change(&mut activity, histories.now());
            let run = histories.run_mut(&self.workflow_id, &self.run_id);
            run.attempts.insert(activity.activity_id.clone(), activity);
        });
    }

    /// Returns the oldest pending activity of that type.
    fn pending(&self, activity_type: &str) -> Option<PendingActivity> {
        let mut pending = self.read(Run::pending_activities)?.into_iter();
        pending.find(|activity| activity.activity_type == activity_type)
    }
}

/// Returns the id of the activity; an empty one if the test never scheduled it.
fn id(pending: Option<&PendingActivity>) -> String {
    pending.map_or_else(String::new, |activity| activity.activity_id.clone())
}

fn attempt(pending: &PendingActivity) -> i32 {
    i32::try_from(pending.attempt).expect("a small number")
}

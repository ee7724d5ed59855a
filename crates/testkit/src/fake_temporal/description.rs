//! Descriptions of runs.

use std::{collections::BTreeMap, sync::Arc};

use fast_temporal_core::{
    EngineError,
    engine::{RunStatus, WorkflowDescription},
};
use fast_temporal_protocol::{
    Event, EventData, Json,
    v1::{PendingActivity, PendingActivityState, PendingWorkflowTask, WorkflowDetails},
};

use super::{call::Call, fake_engine::FakeEngine, history::Run};

impl FakeEngine {
    pub(super) async fn describe_run(
        &self,
        workflow_id: &str,
        run_id: Option<&str>,
    ) -> Result<WorkflowDescription, EngineError> {
        self.arrive(Call::Describe, |_| {}).await?;
        let state = self.state();
        let run = state.histories.run(workflow_id, run_id)?;
        Ok(WorkflowDescription {
            run_id: Arc::clone(&run.run_id),
            first_run_id: Arc::clone(&run.first_run_id),
            status: if run.is_open() {
                RunStatus::Running
            } else {
                RunStatus::Closed
            },
            workflow_type: run.start.workflow_type.clone(),
            start_time: run.start_time,
            close_time: run.close_time,
            reset_run_id: run.reset_run_id.clone().filter(|_| !state.omits_resets),
        })
    }

    pub(super) async fn details_of(
        &self,
        workflow_id: &str,
        run_id: Option<&str>,
    ) -> Result<WorkflowDetails, EngineError> {
        // The state at the time of the request, however long the answer takes.
        let answer = {
            let state = self.state();
            state.histories.run(workflow_id, run_id).map(details)
        };
        self.arrive(Call::Details, |_| {}).await?;
        answer
    }
}

fn details(run: &Run) -> WorkflowDetails {
    WorkflowDetails {
        workflow_id: run.start.workflow_id.to_string(),
        run_id: run.run_id.to_string(),
        first_run_id: run.first_run_id.to_string(),
        workflow_type: run.start.workflow_type.clone(),
        task_queue: run.start.task_queue.clone(),
        status: run.status,
        start_time: run.start_time,
        close_time: run.close_time,
        history_events: run.events.len() as u64,
        history_bytes: run
            .all_events()
            .map(|event| format!("{event:?}").len() as u64)
            .sum(),
        memo: memo(run),
        search_attributes: run.start.options.search_attributes.clone(),
        parent_workflow_id: None,
        pending_activities: run.pending_activities(),
        pending_workflow_task: run.waits_for_worker().then_some(PendingWorkflowTask {
            started: false,
            attempt: 1,
        }),
        pending_children: pending_children(run),
    }
}

impl Run {
    /// Whether a workflow task is scheduled that no worker has started.
    fn waits_for_worker(&self) -> bool {
        let schedules_a_task = |event: &Event| {
            matches!(
                event.data,
                EventData::SignalReceived(_)
                    | EventData::ActivityCompleted(_)
                    | EventData::ActivityFailed(_)
                    | EventData::ActivityTimedOut(_)
                    | EventData::TimerFired(_)
            )
        };
        let mut since = self.events.iter().skip(self.last_task).flatten();
        self.is_open() && (!self.workflow_task_started || since.any(schedules_a_task))
    }

    /// Returns the scheduled activities that have not closed, oldest first. A closed run has none.
    pub(super) fn pending_activities(&self) -> Vec<PendingActivity> {
        if self.is_open() {
            self.pending_at(self.events.len())
        } else {
            Vec::new()
        }
    }

    /// Returns those that were pending after the run's first `count` events.
    pub(super) fn pending_at(&self, count: usize) -> Vec<PendingActivity> {
        let mut pending = self.carried.clone();
        for activity in &mut pending {
            if let Some(known) = self.attempts.get(&activity.activity_id) {
                activity.clone_from(known);
            }
        }
        for event in self.events.iter().take(count).flatten() {
            let closed = match &event.data {
                EventData::ActivityScheduled(scheduled) => {
                    let known = self.attempts.get(&scheduled.activity_id).cloned();
                    let (id, kind) = (&scheduled.activity_id, &scheduled.activity_type);
                    pending.push(known.unwrap_or_else(|| scheduled_only(id, kind)));
                    continue;
                }
                EventData::ActivityCompleted(activity) => &activity.activity_id,
                EventData::ActivityFailed(activity) => &activity.activity_id,
                EventData::ActivityTimedOut(activity) => &activity.activity_id,
                EventData::ActivityCanceled(activity) => &activity.activity_id,
                _ => continue,
            };
            pending.retain(|activity| activity.activity_id != *closed);
        }
        pending
    }
}

fn scheduled_only(activity_id: &str, activity_type: &str) -> PendingActivity {
    PendingActivity {
        activity_id: activity_id.to_owned(),
        activity_type: activity_type.to_owned(),
        state: PendingActivityState::Scheduled,
        attempt: 1,
        maximum_attempts: None,
        last_heartbeat_time: None,
        heartbeat_details: Vec::new(),
        last_failure: None,
        last_started_time: None,
        next_attempt_time: None,
    }
}

/// Returns the memo of the start with the changes of the workflow.
fn memo(run: &Run) -> BTreeMap<String, Json> {
    let mut memo = run.start.options.memo.clone();
    for event in run.all_events() {
        if let EventData::Status(status) = &event.data {
            memo.extend(status.changed.clone());
        }
    }
    memo.retain(|_, value| !value.is_null());
    memo
}

fn pending_children(run: &Run) -> u64 {
    let mut pending = 0;
    for event in run.all_events().filter(|_| run.is_open()) {
        match &event.data {
            EventData::ChildStarted(_) => pending += 1,
            EventData::ChildCompleted(_)
            | EventData::ChildFailed(_)
            | EventData::ChildCanceled(_)
            | EventData::ChildTerminated(_)
            | EventData::ChildTimedOut(_) => pending -= 1,
            _ => {}
        }
    }
    pending
}

//! A workflow of a fake engine, whose history the test writes.

mod activity;
mod stream;

use std::sync::Arc;

use fast_temporal_core::engine::{StartOutcome, StartWorkflow};
use fast_temporal_protocol::{
    Event, EventData, Failure, Json,
    event::{
        SignalReceived, WorkflowCanceled, WorkflowCompleted, WorkflowContinuedAsNew,
        WorkflowFailed, WorkflowReset, WorkflowTerminated, WorkflowTimedOut,
    },
};

use super::FakeEngine;

/// One run of a workflow.
#[derive(Clone)]
pub struct FakeWorkflow {
    engine: FakeEngine,
    workflow_id: Arc<str>,
    run_id: Arc<str>,
}

impl FakeWorkflow {
    pub(super) fn new(engine: FakeEngine, workflow_id: Arc<str>, run_id: Arc<str>) -> Self {
        Self {
            engine,
            workflow_id,
            run_id,
        }
    }

    /// Its id.
    pub fn id(&self) -> &Arc<str> {
        &self.workflow_id
    }

    /// The run that this handle writes to.
    pub fn run_id(&self) -> &Arc<str> {
        &self.run_id
    }

    /// Returns the outcome of its start.
    pub fn as_started(&self) -> StartOutcome {
        StartOutcome::new(Arc::clone(&self.run_id))
    }

    /// Returns all events of the run.
    pub fn events(&self) -> Vec<Event> {
        let state = self.engine.state();
        state
            .histories
            .run(&self.workflow_id, Some(&self.run_id))
            .map_or_else(|_| Vec::new(), |run| run.events.concat())
    }

    /// Adds one history event with one public event.
    pub fn push(&self, data: impl Into<EventData>) {
        self.push_all(vec![data.into()]);
    }

    /// Adds one history event with these public events, or without, as a workflow task.
    pub fn push_all(&self, data: Vec<EventData>) {
        self.engine
            .change(|state| state.histories.write(&self.workflow_id, &self.run_id, data));
    }

    /// A signal of that name arrives.
    pub fn signal(&self, name: &str) {
        self.push(SignalReceived {
            name: name.to_owned(),
            input: Vec::new(),
        });
    }

    /// `count` signals arrive, `s0` and so on, together.
    pub fn signals(&self, count: usize) {
        self.engine.change(|state| {
            for number in 0..count {
                let data = SignalReceived {
                    name: format!("s{number}"),
                    input: Vec::new(),
                };
                state
                    .histories
                    .write(&self.workflow_id, &self.run_id, vec![data.into()]);
            }
        });
    }

    /// A worker starts a workflow task.
    pub fn start_task(&self) {
        self.engine.change(|state| {
            let histories = &mut state.histories;
            histories.write(&self.workflow_id, &self.run_id, Vec::new());
            let run = histories.run_mut(&self.workflow_id, &self.run_id);
            run.workflow_task_started = true;
            run.last_task = run.events.len();
        });
    }

    /// The workflow completes.
    pub fn complete(&self, result: Json) {
        self.close(
            WorkflowCompleted {
                result,
                new_run_id: None,
            }
            .into(),
            None,
        );
    }

    /// The workflow fails.
    pub fn fail(&self, message: &str) {
        self.close(
            WorkflowFailed {
                failure: failure(message),
                new_run_id: None,
            }
            .into(),
            None,
        );
    }

    /// The workflow is terminated.
    pub fn terminate(&self, reason: &str) {
        self.close(
            WorkflowTerminated {
                reason: reason.to_owned(),
                details: Vec::new(),
            }
            .into(),
            None,
        );
    }

    /// The workflow closes as canceled.
    pub fn cancel(&self) {
        self.close(WorkflowCanceled::default().into(), None);
    }

    /// The workflow times out.
    pub fn time_out(&self) {
        self.close(WorkflowTimedOut::default().into(), None);
    }

    /// The workflow closes with that event.
    pub fn end_with(&self, data: impl Into<EventData>) {
        self.close(data.into(), None);
    }

    /// Returns whether the cancellation of the workflow was requested.
    pub fn cancel_requested(&self) -> bool {
        let state = self.engine.state();
        let run = state.histories.run(&self.workflow_id, Some(&self.run_id));
        run.is_ok_and(|run| run.cancel_requested)
    }

    /// The workflow completes an update that it has accepted.
    ///
    /// # Panics
    /// There is no such update.
    pub fn complete_update(&self, update_id: &str, outcome: Result<Json, Failure>) {
        self.engine.change(|state| {
            state.complete_update(&self.workflow_id, &self.run_id, update_id, outcome);
        });
    }

    /// The workflow completes, and its cron schedule starts it again.
    #[must_use]
    pub fn complete_and_repeat(&self, result: Json) -> Self {
        self.continue_in(self.next_run(false), |new_run_id| {
            WorkflowCompleted {
                result,
                new_run_id: Some(new_run_id),
            }
            .into()
        })
    }

    /// The workflow fails, and its retry policy starts it again.
    #[must_use]
    pub fn fail_and_retry(&self, message: &str) -> Self {
        let failed = |new_run_id| {
            WorkflowFailed {
                failure: failure(message),
                new_run_id: Some(new_run_id),
            }
            .into()
        };
        self.continue_in(self.next_run(true), failed)
    }

    /// The workflow continues as new.
    #[must_use]
    pub fn continue_as_new(&self) -> Self {
        let next = self.continue_in(self.next_run(false), |new_run_id| {
            WorkflowContinuedAsNew {
                new_run_id,
                ..WorkflowContinuedAsNew::default()
            }
            .into()
        });
        self.carry_stream_to(&next);
        next
    }

    /// The workflow is reset: the new run begins with copies of this run's first `kept` history events,
    /// which are no public events, and with `workflow.reset`. An open run is terminated, and names no
    /// successor.
    #[must_use]
    pub fn reset(&self, kept: usize) -> Self {
        let is_open = {
            let state = self.engine.state();
            let current = state.histories.current(&self.workflow_id);
            current.is_some_and(super::history::Run::is_open)
        };
        if is_open {
            self.engine.find(&self.workflow_id).terminate("reset");
        }
        let run_id = self.next_run(false);
        self.engine.change(|state| {
            let base = state.histories.run_mut(&self.workflow_id, &self.run_id);
            let carried = base.pending_at(kept);
            let new = state.histories.run_mut(&self.workflow_id, &run_id);
            new.carried = carried;
            // As on Temporal, a worker started a task of the events that were kept.
            new.workflow_task_started = true;
            new.completed_tasks.push(kept);
            let histories = &mut state.histories;
            for _ in 0..kept {
                histories.write(&self.workflow_id, &run_id, Vec::new());
            }
            let reset = WorkflowReset {
                base_run_id: self.run_id.to_string(),
                fork_event_id: i64::try_from(kept + 1).expect("a short history"),
                reason: "a test".to_owned(),
            };
            histories.write(&self.workflow_id, &run_id, vec![reset.into()]);
            let base = state.histories.run_mut(&self.workflow_id, &self.run_id);
            base.reset_run_id = Some(Arc::clone(&run_id));
        });
        Self {
            run_id,
            ..self.clone()
        }
    }

    /// History continues in another branch, which shares only the first `kept` events.
    pub fn fork_branch(&self, kept: usize) {
        self.engine.change(|state| {
            let run = state.histories.run_mut(&self.workflow_id, &self.run_id);
            run.events.truncate(kept);
            run.version += 1;
            run.branch += 1;
        });
    }

    /// A failover loses all later runs and the end of this one: it is open again, in a branch that shares
    /// only the first `kept` events.
    pub fn reopen(&self, kept: usize) {
        self.fork_branch(kept);
        self.engine
            .change(|state| state.histories.reopen(&self.workflow_id, &self.run_id));
    }

    /// The run is deleted, as by retention.
    pub fn forget(&self) {
        self.engine
            .change(|state| state.histories.forget(&self.workflow_id, &self.run_id));
    }

    fn close(&self, data: EventData, successor: Option<Arc<str>>) {
        self.engine.change(|state| {
            let histories = &mut state.histories;
            histories.close(&self.workflow_id, &self.run_id, data, successor);
        });
    }

    /// Closes the run with an event that names the next one, and starts that.
    fn continue_in(&self, run_id: Arc<str>, closing: impl FnOnce(String) -> EventData) -> Self {
        self.close(closing(run_id.to_string()), Some(Arc::clone(&run_id)));
        self.engine.change(|state| {
            let now = state.histories.now();
            let next = state.histories.run_mut(&self.workflow_id, &run_id);
            next.start_time = now;
            let started = state.histories.started(&self.workflow_id, &run_id);
            state
                .histories
                .write(&self.workflow_id, &run_id, vec![started]);
        });
        Self {
            run_id,
            ..self.clone()
        }
    }

    /// A new run in this run's chain, which becomes the current one.
    fn next_run(&self, is_retry: bool) -> Arc<str> {
        self.engine.change(|state| {
            let run = state.histories.run_mut(&self.workflow_id, &self.run_id);
            let start = StartWorkflow {
                request_id: None,
                ..run.start.clone()
            };
            let attempt = if is_retry { run.attempt + 1 } else { 1 };
            let before = (Arc::clone(&run.first_run_id), Arc::clone(&run.run_id));
            let run_id = state.histories.add_run(start, Some(before));
            state.histories.run_mut(&self.workflow_id, &run_id).attempt = attempt;
            run_id
        })
    }
}

fn failure(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        kind: "application".to_owned(),
        ..Failure::default()
    }
}

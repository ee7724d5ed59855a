//! A workflow of a fake engine, whose history the test writes.

mod activity;
mod chain;
mod publish;

use std::sync::Arc;

use fast_temporal_core::engine::{StartOutcome, StartWorkflow};
use fast_temporal_protocol::{
    Event, EventData, Failure, Json,
    event::{
        SignalReceived, WorkflowCanceled, WorkflowCompleted, WorkflowFailed, WorkflowTerminated,
        WorkflowTimedOut,
    },
};

use super::{
    fake_engine::FakeEngine,
    history::{Histories, Run},
};

/// One run of a workflow.
#[derive(Clone)]
pub struct FakeWorkflow {
    engine: FakeEngine,
    workflow_id: Arc<str>,
    run_id: Arc<str>,
}

impl FakeEngine {
    /// Starts a workflow directly, not through the engine. Its history has the event `workflow.started`.
    pub fn workflow(&self, workflow_id: &str) -> FakeWorkflow {
        let start = StartWorkflow::new(
            workflow_id.into(),
            "FakeWorkflow".to_owned(),
            "fakes".to_owned(),
        );
        let run_id = self.change(|state| state.histories.start(start));
        self.handle(workflow_id, run_id)
    }

    /// Returns the current run of a workflow.
    ///
    /// # Panics
    /// The workflow does not exist.
    pub fn find(&self, workflow_id: &str) -> FakeWorkflow {
        let run_id = self.run_id(workflow_id, None);
        self.handle(workflow_id, run_id)
    }

    /// Returns a run of a workflow.
    ///
    /// # Panics
    /// The run does not exist.
    pub fn find_run(&self, workflow_id: &str, run_id: &str) -> FakeWorkflow {
        let run_id = self.run_id(workflow_id, Some(run_id));
        self.handle(workflow_id, run_id)
    }

    fn run_id(&self, workflow_id: &str, run_id: Option<&str>) -> Arc<str> {
        let state = self.state();
        let run = state.histories.run(workflow_id, run_id);
        Arc::clone(&run.expect("a run of this id").run_id)
    }

    fn handle(&self, workflow_id: &str, run_id: Arc<str>) -> FakeWorkflow {
        FakeWorkflow {
            engine: self.clone(),
            workflow_id: workflow_id.into(),
            run_id,
        }
    }
}

impl FakeWorkflow {
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

    /// Returns all events of the run. A deleted run has none.
    pub fn events(&self) -> Vec<Event> {
        self.read(|run| run.events.concat()).unwrap_or_default()
    }

    /// Adds one history event with one public event.
    pub fn push(&self, data: impl Into<EventData>) {
        self.push_all(vec![data.into()]);
    }

    /// Adds one history event with these public events, or without, as a workflow task.
    pub fn push_all(&self, data: Vec<EventData>) {
        self.change(|histories| histories.write(&self.workflow_id, &self.run_id, data));
    }

    /// A signal of that name arrives.
    pub fn signal(&self, name: &str) {
        self.push(signal(name));
    }

    /// `count` signals arrive, `s0` and so on, together.
    pub fn signals(&self, count: usize) {
        self.change(|histories| {
            for number in 0..count {
                let data = signal(&format!("s{number}")).into();
                histories.write(&self.workflow_id, &self.run_id, vec![data]);
            }
        });
    }

    /// A worker starts a workflow task.
    pub fn start_task(&self) {
        self.change(|histories| {
            histories.write(&self.workflow_id, &self.run_id, Vec::new());
            let run = histories.run_mut(&self.workflow_id, &self.run_id);
            run.workflow_task_started = true;
            run.last_task = run.events.len();
        });
    }

    /// A worker completes a workflow task.
    pub fn complete_task(&self) {
        self.change(|histories| histories.complete_task(&self.workflow_id, &self.run_id));
    }

    /// The workflow completes.
    pub fn complete(&self, result: Json) {
        self.end_with(WorkflowCompleted {
            result,
            new_run_id: None,
        });
    }

    /// The workflow fails.
    pub fn fail(&self, message: &str) {
        self.end_with(WorkflowFailed {
            failure: failure(message),
            new_run_id: None,
        });
    }

    /// The workflow is terminated.
    pub fn terminate(&self, reason: &str) {
        self.end_with(WorkflowTerminated {
            reason: reason.to_owned(),
            details: Vec::new(),
        });
    }

    /// The workflow closes as canceled.
    pub fn cancel(&self) {
        self.end_with(WorkflowCanceled::default());
    }

    /// The workflow times out.
    pub fn time_out(&self) {
        self.end_with(WorkflowTimedOut::default());
    }

    /// The workflow closes with that event.
    pub fn end_with(&self, data: impl Into<EventData>) {
        self.close(data.into(), None);
    }

    /// Returns whether the cancellation of the workflow was requested.
    pub fn cancel_requested(&self) -> bool {
        self.read(|run| run.cancel_requested).unwrap_or_default()
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

    fn close(&self, data: EventData, successor: Option<Arc<str>>) {
        self.change(|histories| {
            histories.close(&self.workflow_id, &self.run_id, data, successor);
        });
    }

    /// Reads the run, unless it was deleted.
    fn read<T>(&self, read: impl FnOnce(&Run) -> T) -> Option<T> {
        let state = self.engine.state();
        let run = state.histories.run(&self.workflow_id, Some(&self.run_id));
        run.ok().map(read)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Histories) -> T) -> T {
        self.engine.change(|state| change(&mut state.histories))
    }

    fn change_run(&self, change: impl FnOnce(&mut Run)) {
        self.change(|histories| change(histories.run_mut(&self.workflow_id, &self.run_id)));
    }
}

fn signal(name: &str) -> SignalReceived {
    SignalReceived {
        name: name.to_owned(),
        input: Vec::new(),
    }
}

fn failure(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        kind: "application".to_owned(),
        ..Failure::default()
    }
}

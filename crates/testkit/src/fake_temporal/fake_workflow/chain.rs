//! The runs of a workflow: how one follows another, and how runs are lost.

use std::sync::Arc;

use fast_temporal_core::engine::StartWorkflow;
use fast_temporal_protocol::{
    EventData, Json,
    event::{WorkflowCompleted, WorkflowContinuedAsNew, WorkflowFailed, WorkflowReset},
};

use super::{FakeWorkflow, Run, failure};

impl FakeWorkflow {
    /// The workflow completes, and its cron schedule starts it again.
    #[must_use]
    pub fn complete_and_repeat(&self, result: Json) -> Self {
        self.continue_in(self.next_run(false), |new_run_id| WorkflowCompleted {
            result,
            new_run_id: Some(new_run_id),
        })
    }

    /// The workflow fails, and its retry policy starts it again.
    #[must_use]
    pub fn fail_and_retry(&self, message: &str) -> Self {
        self.continue_in(self.next_run(true), |new_run_id| WorkflowFailed {
            failure: failure(message),
            new_run_id: Some(new_run_id),
        })
    }

    /// The workflow continues as new. The next run starts with the items of its stream.
    #[must_use]
    pub fn continue_as_new(&self) -> Self {
        let next = self.continue_in(self.next_run(false), |new_run_id| WorkflowContinuedAsNew {
            new_run_id,
            ..WorkflowContinuedAsNew::default()
        });
        let stream = self.read(|run| run.stream.clone()).flatten();
        next.change_run(|run| run.stream = stream);
        next
    }

    /// The workflow is reset: the new run begins with copies of this run's first `kept` history events,
    /// which are no public events, and with `workflow.reset`. An open run is terminated, and names no
    /// successor.
    #[must_use]
    pub fn reset(&self, kept: usize) -> Self {
        let current = self.engine.find(&self.workflow_id);
        if current.read(Run::is_open) == Some(true) {
            current.terminate("reset");
        }
        let new = self.on_run(self.next_run(false));
        let carried = self.read(|run| run.pending_at(kept)).unwrap_or_default();
        new.change_run(|run| {
            run.carried = carried;
            // As on Temporal, a worker started a task of the events that were kept.
            run.workflow_task_started = true;
            run.completed_tasks.push(kept);
        });
        self.change(|histories| {
            for _ in 0..kept {
                histories.write(&self.workflow_id, &new.run_id, Vec::new());
            }
        });
        new.push(WorkflowReset {
            base_run_id: self.run_id.to_string(),
            fork_event_id: i64::try_from(kept + 1).expect("a short history"),
            reason: "a test".to_owned(),
        });
        self.change_run(|run| run.reset_run_id = Some(Arc::clone(&new.run_id)));
        new
    }

    /// History continues in another branch, which shares only the first `kept` events.
    pub fn fork_branch(&self, kept: usize) {
        self.change_run(|run| {
            run.events.truncate(kept);
            run.version += 1;
            run.branch += 1;
        });
    }

    /// A failover loses all later runs and the end of this one: it is open again, in a branch that shares
    /// only the first `kept` events.
    pub fn reopen(&self, kept: usize) {
        self.fork_branch(kept);
        self.change(|histories| histories.reopen(&self.workflow_id, &self.run_id));
    }

    /// The run is deleted, as by retention.
    pub fn delete(&self) {
        self.change(|histories| histories.delete(&self.workflow_id, &self.run_id));
    }

    /// Closes the run with an event that names the next one, and starts that.
    fn continue_in<E: Into<EventData>>(
        &self,
        run_id: Arc<str>,
        closing: impl FnOnce(String) -> E,
    ) -> Self {
        let event = closing(run_id.to_string()).into();
        self.close(event, Some(Arc::clone(&run_id)));
        self.change(|histories| {
            let now = histories.now();
            histories.run_mut(&self.workflow_id, &run_id).start_time = now;
            let started = histories.started(&self.workflow_id, &run_id);
            histories.write(&self.workflow_id, &run_id, vec![started]);
        });
        self.on_run(run_id)
    }

    /// Adds a run to the chain, which becomes the current one.
    fn next_run(&self, is_retry: bool) -> Arc<str> {
        self.change(|histories| {
            let run = histories.run_mut(&self.workflow_id, &self.run_id);
            let start = StartWorkflow {
                request_id: None,
                ..run.start.clone()
            };
            let attempt = if is_retry { run.attempt + 1 } else { 1 };
            let before = (Arc::clone(&run.first_run_id), Arc::clone(&run.run_id));
            let run_id = histories.add_run(start, Some(before));
            histories.run_mut(&self.workflow_id, &run_id).attempt = attempt;
            run_id
        })
    }

    fn on_run(&self, run_id: Arc<str>) -> Self {
        Self {
            run_id,
            ..self.clone()
        }
    }
}

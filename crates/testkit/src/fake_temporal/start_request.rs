//! Starts: which one starts a run, and which one finds an existing run.

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartOutcome, StartWorkflow},
};
use fast_temporal_protocol::{
    event::WorkflowTerminated,
    v1::{IdConflictPolicy, IdReusePolicy, WorkflowStatus},
};

use super::{
    call::Call,
    fake_engine::{FakeEngine, State, invalid},
    history::Histories,
    message_request::{is_new, signal_events},
};

/// Temporal's limit on ids and names (`limit.maxIDLength`).
const MAX_NAME_BYTES: usize = 1000;

/// What a start does.
enum Decision {
    Begin,
    /// The same request started that run before.
    Repeat(Arc<str>),
    Find(Arc<str>),
    Replace(Arc<str>),
    Reject,
}

impl FakeEngine {
    pub(super) async fn start_workflow(
        &self,
        start: StartWorkflow,
    ) -> Result<StartOutcome, EngineError> {
        self.arrive(Call::Start, |sent| sent.starts.push(start.clone()))
            .await?;
        check(&start)?;
        let update = start.update.clone();
        let workflow_id = Arc::clone(&start.workflow_id);
        let mut started = self.change(|state| state.start(start))?;
        if let Some(update) = update {
            let run_id = Arc::clone(&started.run_id);
            let updated = self.update_run(&workflow_id, run_id, update.clone()).await;
            started.update = Some(match updated {
                // The run of the repeated request is closed, and never received the update.
                Err(error) if error.kind == EngineErrorKind::Closed && started.existing => {
                    let run_id = Arc::clone(self.find(&workflow_id).run_id());
                    self.update_run(&workflow_id, run_id, update).await?
                }
                updated => updated?,
            });
        }
        Ok(started)
    }
}

/// Fails if the request is one that Temporal rejects as invalid.
fn check(start: &StartWorkflow) -> Result<(), EngineError> {
    let names = [
        &*start.workflow_id,
        &*start.workflow_type,
        &*start.task_queue,
    ];
    if names.iter().any(|name| name.is_empty()) {
        return Err(invalid("the workflow id, type or task queue is not set"));
    }
    if names.iter().any(|name| name.len() > MAX_NAME_BYTES) {
        return Err(invalid("the workflow id, type or task queue is too long"));
    }
    if start.signal.is_some() && start.update.is_some() {
        return Err(invalid("a start has a signal or an update, not both"));
    }
    if start.conflict == IdConflictPolicy::TerminateExisting
        && start.reuse == IdReusePolicy::RejectDuplicate
    {
        return Err(invalid(
            "Invalid WorkflowIDReusePolicy: REJECT_DUPLICATE can't be combined with TERMINATE_EXISTING",
        ));
    }
    Ok(())
}

impl State {
    fn start(&mut self, start: StartWorkflow) -> Result<StartOutcome, EngineError> {
        let workflow_id = Arc::clone(&start.workflow_id);
        let (run_id, existing) = match self.histories.decide(&start) {
            Decision::Reject => {
                let why = "workflow execution is already started";
                return Err(EngineError::new(EngineErrorKind::AlreadyStarted, why));
            }
            Decision::Repeat(run_id) => {
                return Ok(StartOutcome {
                    existing: true,
                    ..StartOutcome::new(run_id)
                });
            }
            Decision::Find(run_id) => (run_id, true),
            Decision::Begin => (self.histories.start(start.clone()), false),
            Decision::Replace(run_id) => {
                let terminated = WorkflowTerminated {
                    reason: "TerminateIfRunning WorkflowIdReusePolicy".to_owned(),
                    details: Vec::new(),
                };
                let histories = &mut self.histories;
                histories.close(&workflow_id, &run_id, terminated.into(), None);
                (histories.start(start.clone()), false)
            }
        };
        if let Some((name, args)) = &start.signal {
            let run = self.histories.run_mut(&workflow_id, &run_id);
            if is_new(run, start.request_id.as_deref()) {
                let signal = signal_events(name, args.clone());
                self.histories.write(&workflow_id, &run_id, signal);
            }
        }
        if !existing {
            self.started.push(start);
        }
        Ok(StartOutcome {
            existing,
            ..StartOutcome::new(run_id)
        })
    }
}

impl Histories {
    fn decide(&self, start: &StartWorkflow) -> Decision {
        let Some(current) = self.current(&start.workflow_id) else {
            return Decision::Begin;
        };
        let first = self.run(&start.workflow_id, Some(&current.first_run_id));
        if start.request_id.is_some()
            && let Ok(first) = first
            && first.start.request_id == start.request_id
        {
            return Decision::Repeat(Arc::clone(&first.run_id));
        }
        let run_id = Arc::clone(&current.run_id);
        match (start.conflict, start.reuse) {
            (IdConflictPolicy::Fail, _) if current.is_open() => Decision::Reject,
            (IdConflictPolicy::UseExisting, _) if current.is_open() => Decision::Find(run_id),
            (IdConflictPolicy::TerminateExisting, _) if current.is_open() => {
                Decision::Replace(run_id)
            }
            (_, IdReusePolicy::AllowDuplicate) => Decision::Begin,
            (_, IdReusePolicy::AllowDuplicateFailedOnly)
                if current.status != WorkflowStatus::Completed =>
            {
                Decision::Begin
            }
            (_, IdReusePolicy::AllowDuplicateFailedOnly | IdReusePolicy::RejectDuplicate) => {
                Decision::Reject
            }
        }
    }
}

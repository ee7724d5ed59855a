//! Signals, cancellations and terminations.

use std::sync::Arc;

use fast_temporal_core::{
    EngineError,
    engine::{CloseWorkflow, SignalWorkflow},
};
use fast_temporal_protocol::{
    EventData, Json,
    event::{SignalReceived, WorkflowTerminated},
};

use super::{
    call::Call,
    fake_engine::{FakeEngine, State, invalid},
    history::Run,
};

impl FakeEngine {
    pub(super) async fn signal_workflow(&self, signal: SignalWorkflow) -> Result<(), EngineError> {
        self.arrive(Call::Signal, |sent| sent.signals.push(signal.clone()))
            .await?;
        if signal.name.is_empty() {
            return Err(invalid("SignalName is not set on request."));
        }
        self.change(|state| {
            let (id, run_id) = state.open_run(&signal.workflow_id, signal.run_id.as_deref())?;
            let run = state.histories.run_mut(&id, &run_id);
            if is_new(run, signal.request_id.as_deref()) {
                let data = signal_events(&signal.name, signal.args);
                state.histories.write(&id, &run_id, data);
            }
            Ok(())
        })
    }

    pub(super) async fn cancel_workflow(&self, cancel: CloseWorkflow) -> Result<(), EngineError> {
        self.arrive(Call::Cancel, |sent| sent.cancels.push(cancel.clone()))
            .await?;
        self.change(|state| {
            let (id, run_id) = state.open_run(&cancel.workflow_id, cancel.run_id.as_deref())?;
            let run = state.histories.run_mut(&id, &run_id);
            if !run.cancel_requested {
                run.cancel_requested = true;
                // The request is not an event.
                state.histories.write(&id, &run_id, Vec::new());
            }
            Ok(())
        })
    }

    pub(super) async fn terminate_workflow(&self, end: CloseWorkflow) -> Result<(), EngineError> {
        self.arrive(Call::Terminate, |sent| sent.terminates.push(end.clone()))
            .await?;
        self.change(|state| {
            let (id, run_id) = state.open_run(&end.workflow_id, end.run_id.as_deref())?;
            let terminated = WorkflowTerminated {
                reason: end.reason,
                details: Vec::new(),
            };
            let histories = &mut state.histories;
            histories.close(&id, &run_id, terminated.into(), None);
            Ok(())
        })
    }
}

impl State {
    /// Returns the open run that a message goes to.
    pub(super) fn open_run(
        &self,
        workflow_id: &Arc<str>,
        run_id: Option<&str>,
    ) -> Result<(Arc<str>, Arc<str>), EngineError> {
        let run = self.histories.run(workflow_id, run_id)?;
        run.check_open()?;
        Ok((Arc::clone(workflow_id), Arc::clone(&run.run_id)))
    }
}

/// Returns whether the request id is new, and records it.
pub(super) fn is_new(run: &mut Run, request_id: Option<&str>) -> bool {
    let Some(request_id) = request_id else {
        return true;
    };
    let known = run.signal_requests.iter().any(|id| id == request_id);
    if !known {
        run.signal_requests.push(request_id.to_owned());
    }
    !known
}

/// Returns the events of a signal: one, or none for a reserved signal.
pub(super) fn signal_events(name: &str, input: Vec<Json>) -> Vec<EventData> {
    if name.starts_with("__temporal_") {
        return Vec::new();
    }
    let name = name.to_owned();
    vec![SignalReceived { name, input }.into()]
}

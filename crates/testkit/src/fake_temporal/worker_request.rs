//! Requests that a worker answers: queries, reads of streams and updates.

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{Query, ReadWorkflowStream, StartUpdate, StreamPage, UpdateOutcome, UpdateWorkflow},
};
use fast_temporal_protocol::{
    Failure, Json,
    event::{UpdateAccepted, UpdateCompleted},
    v1::UpdateStage,
};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    call::Call,
    fake_engine::{FakeEngine, State},
    worker_answer::{AcceptedUpdate, Outcome, UpdateAnswer},
};

/// Whether an update has reached the stage to wait for.
enum Progress {
    Pending,
    /// With the outcome, if it is completed.
    Reached(Option<Outcome>),
}

impl FakeEngine {
    pub(super) async fn query_workflow(&self, query: Query) -> Result<Json, EngineError> {
        let until = Instant::now() + query.timeout;
        let arrived = self.arrive(Call::Query, |sent| sent.queries.push(query.clone()));
        timeout_at(until, arrived)
            .await
            .map_err(|_| no_worker())??;
        let state = self.state();
        let run_id = query.run_id.as_deref();
        let run = state.histories.run(&query.workflow_id, run_id)?;
        run.check_queryable()?;
        let failed = |why: &str| EngineError::new(EngineErrorKind::QueryFailed, why);
        match state.answers.queries.get(&query.name).cloned() {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(failure)) => Err(failed(&failure.message).with_failure(failure)),
            None => Err(failed(&format!("no query handler for '{}'", query.name))),
        }
    }

    pub(super) async fn read_hosted_stream(
        &self,
        read: ReadWorkflowStream,
    ) -> Result<StreamPage, EngineError> {
        let _reading =
            self.in_progress(|stats| (&mut stats.reading_streams, &mut stats.max_reading_streams));
        let until = Instant::now() + read.timeout;
        let arrived = self.arrive(Call::ReadWorkflowStream, |sent| {
            sent.stream_reads.push(read.clone());
        });
        timeout_at(until, arrived)
            .await
            .map_err(|_| no_worker())??;
        let delay = self.state().stream_delay;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let state = self.state();
        let run = state.histories.run(&read.workflow_id, Some(&read.run_id))?;
        run.check_queryable()?;
        let unknown = || EngineError::new(EngineErrorKind::QueryFailed, "no query handler");
        let stream = run.stream.as_ref().ok_or_else(unknown)?;
        Ok(stream.read(read.from_offset, state.stream_page.unwrap_or(usize::MAX)))
    }

    pub(super) async fn update_workflow(
        &self,
        up: UpdateWorkflow,
    ) -> Result<UpdateOutcome, EngineError> {
        self.record(Call::Update, |sent| sent.updates.push(up.clone()));
        let run_id = {
            let mut state = self.state();
            state.faults.check(Call::Update)?;
            let run = state.histories.run(&up.workflow_id, up.run_id.as_deref())?;
            Arc::clone(&run.run_id)
        };
        self.update_run(&up.workflow_id, run_id, up.update).await
    }

    /// Delivers an update to a run once its workers answer, and waits for its outcome.
    pub(super) async fn update_run(
        &self,
        workflow_id: &Arc<str>,
        run_id: Arc<str>,
        update: StartUpdate,
    ) -> Result<UpdateOutcome, EngineError> {
        let until = Instant::now() + update.timeout;
        let mut changes = self.changed.subscribe();
        let outcome = loop {
            changes.borrow_and_update();
            let is_due = self.state().is_update_due(workflow_id, &run_id, &update)?;
            if is_due
                && let Err(failure) =
                    self.change(|state| state.accept_update(workflow_id, &run_id, &update))
            {
                break Some(Err(failure));
            }
            let progress = self.state().progress(workflow_id, &run_id, &update)?;
            if let Progress::Reached(outcome) = progress {
                break outcome;
            }
            let changed = timeout_at(until, changes.changed()).await;
            let changed = changed.map_err(|_| no_worker())?;
            changed.expect("the engine holds the sender");
        };
        Ok(UpdateOutcome {
            update_id: update.update_id,
            run_id,
            outcome,
        })
    }
}

impl State {
    /// Whether a worker now accepts or rejects the update. Fails if the run has closed without it.
    fn is_update_due(
        &self,
        workflow_id: &str,
        run_id: &str,
        update: &StartUpdate,
    ) -> Result<bool, EngineError> {
        let run = self.histories.run(workflow_id, Some(run_id))?;
        if run.updates.0.contains_key(&update.update_id) {
            return Ok(false);
        }
        run.check_open()?;
        Ok(!self.faults.hangs(Call::Update))
    }

    /// Returns whether an update has reached the stage to wait for.
    fn progress(
        &self,
        workflow_id: &str,
        run_id: &str,
        update: &StartUpdate,
    ) -> Result<Progress, EngineError> {
        let run = self.histories.run(workflow_id, Some(run_id))?;
        Ok(match run.updates.0.get(&update.update_id) {
            Some(AcceptedUpdate { outcome, .. })
                if outcome.is_some() || update.wait_for == UpdateStage::Accepted =>
            {
                Progress::Reached(outcome.clone())
            }
            _ => Progress::Pending,
        })
    }

    /// The workflow accepts an update, or rejects it with a failure.
    fn accept_update(
        &mut self,
        workflow_id: &str,
        run_id: &str,
        update: &StartUpdate,
    ) -> Result<(), Failure> {
        let outcome = match self.answers.updates.get(&update.name) {
            None => return Err(unknown(&update.name)),
            Some(UpdateAnswer::Rejected(failure)) => return Err(failure.clone()),
            Some(UpdateAnswer::Accepted(outcome)) => outcome.clone(),
        };
        let accepted = UpdateAccepted {
            update_id: update.update_id.clone(),
            name: update.name.clone(),
            input: update.args.clone(),
        };
        let histories = &mut self.histories;
        histories.write(workflow_id, run_id, vec![accepted.into()]);
        let run = histories.run_mut(workflow_id, run_id);
        let accepted = AcceptedUpdate {
            name: update.name.clone(),
            outcome: None,
        };
        run.updates.0.insert(update.update_id.clone(), accepted);
        if let Some(outcome) = outcome {
            self.complete_update(workflow_id, run_id, &update.update_id, outcome);
        }
        Ok(())
    }

    /// The workflow completes an update.
    ///
    /// # Panics
    /// It has not accepted it.
    pub(super) fn complete_update(
        &mut self,
        workflow_id: &str,
        run_id: &str,
        update_id: &str,
        outcome: Outcome,
    ) {
        let run = self.histories.run_mut(workflow_id, run_id);
        let update = run.updates.0.get_mut(update_id);
        let update = update.expect("an accepted update of this id");
        update.outcome = Some(outcome.clone());
        let completed = UpdateCompleted {
            update_id: update_id.to_owned(),
            name: update.name.clone(),
            result: outcome.as_ref().ok().cloned(),
            failure: outcome.err(),
        };
        self.histories
            .write(workflow_id, run_id, vec![completed.into()]);
    }
}

fn unknown(name: &str) -> Failure {
    Failure {
        message: format!("unknown update {name}"),
        kind: "application".to_owned(),
        ..Failure::default()
    }
}

fn no_worker() -> EngineError {
    EngineError::new(EngineErrorKind::Timeout, "no worker")
}

//! Updates and queries, and the answers of workers.

use std::{collections::HashMap, sync::Arc};

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{Query, StartUpdate, UpdateOutcome, UpdateWorkflow},
};
use fast_temporal_protocol::{
    Failure, Json,
    event::{UpdateAccepted, UpdateCompleted},
    v1::UpdateStage,
};
use tokio::time::{Instant, timeout_at};

use super::{Call, FakeEngine, State};

type Outcome = Result<Json, Failure>;

/// The answers of workers, by the name of the query or update.
#[derive(Default)]
pub(super) struct Answers {
    queries: HashMap<String, Outcome>,
    updates: HashMap<String, Answer>,
}

enum Answer {
    /// The update is accepted, and completed at once or by the test later.
    Accepted(Option<Outcome>),
    Rejected(Failure),
}

/// The updates that a run accepted, by their ids.
#[derive(Default)]
pub(super) struct Updates(HashMap<String, Accepted>);

struct Accepted {
    name: String,
    /// `None` until it is completed.
    outcome: Option<Outcome>,
}

/// Whether an update has reached the stage to wait for.
enum Progress {
    Pending,
    /// With the outcome, if it is completed.
    Reached(Option<Outcome>),
}

impl Updates {
    /// What becomes of the updates that are not completed when their run closes.
    pub(super) fn close(&mut self) {
        for update in self.0.values_mut() {
            update.outcome.get_or_insert_with(|| {
                Err(Failure {
                    message: "Workflow Update failed because the Workflow completed before the Update completed."
                        .to_owned(),
                    kind: "application".to_owned(),
                    error_type: Some("AcceptedUpdateCompletedWorkflow".to_owned()),
                    ..Failure::default()
                })
            });
        }
    }
}

impl FakeEngine {
    /// Makes every workflow answer `query`, whatever the arguments. Other queries fail, as those without
    /// a handler do.
    pub fn answer(&self, query: &str, answer: Json) {
        self.change(|state| state.answers.queries.insert(query.to_owned(), Ok(answer)));
    }

    /// Makes every workflow answer `query` with that failure.
    pub fn fail_query(&self, query: &str, failure: Failure) {
        self.change(|state| state.answers.queries.insert(query.to_owned(), Err(failure)));
    }

    /// Makes every workflow complete updates of that name with this outcome. Other updates are rejected,
    /// as those without a handler are.
    pub fn answer_update(&self, name: &str, outcome: Result<Json, Failure>) {
        self.set_update(name, Answer::Accepted(Some(outcome)));
    }

    /// Makes every workflow accept updates of that name, which complete only by
    /// [`FakeWorkflow::complete_update`](super::FakeWorkflow::complete_update).
    pub fn accept_update(&self, name: &str) {
        self.set_update(name, Answer::Accepted(None));
    }

    /// Makes every workflow reject updates of that name.
    pub fn reject_update(&self, name: &str, failure: Failure) {
        self.set_update(name, Answer::Rejected(failure));
    }

    fn set_update(&self, name: &str, answer: Answer) {
        self.change(|state| state.answers.updates.insert(name.to_owned(), answer));
    }

    pub(super) async fn query_workflow(&self, query: Query) -> Result<Json, EngineError> {
        let until = Instant::now() + query.timeout;
        let arrived = self.arrive(Call::Query, |sent| sent.queries.push(query.clone()));
        timeout_at(until, arrived)
            .await
            .map_err(|_| no_worker())??;
        let state = self.state();
        let run_id = query.run_id.as_deref();
        state.histories.run(&query.workflow_id, run_id)?;
        let failed = |why: &str| EngineError::new(EngineErrorKind::QueryFailed, why);
        match state.answers.queries.get(&query.name).cloned() {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(failure)) => Err(failed(&failure.message).with_failure(failure)),
            None => Err(failed(&format!("no query handler for '{}'", query.name))),
        }
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
            Some(Accepted { outcome, .. })
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
            Some(Answer::Rejected(failure)) => return Err(failure.clone()),
            Some(Answer::Accepted(outcome)) => outcome.clone(),
        };
        let accepted = UpdateAccepted {
            update_id: update.update_id.clone(),
            name: update.name.clone(),
            input: update.args.clone(),
        };
        let histories = &mut self.histories;
        histories.write(workflow_id, run_id, vec![accepted.into()]);
        let run = histories.run_mut(workflow_id, run_id);
        let accepted = Accepted {
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

pub(super) fn no_worker() -> EngineError {
    EngineError::new(EngineErrorKind::Timeout, "no worker")
}

fn unknown(name: &str) -> Failure {
    Failure {
        message: format!("unknown update {name}"),
        kind: "application".to_owned(),
        ..Failure::default()
    }
}

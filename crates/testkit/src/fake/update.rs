//! Updates, and what workers answer to them and to queries.

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

/// What workers answer, by the name of the query or update.
#[derive(Default)]
pub(super) struct Answers {
    queries: HashMap<String, Outcome>,
    updates: HashMap<String, Answer>,
}

enum Answer {
    /// The update is taken on, and comes to this at once, or whenever the test says so.
    Accepted(Option<Outcome>),
    Rejected(Failure),
}

/// The updates that a run took on, by their ids: their names, and what they came to.
pub(super) type Updates = HashMap<String, (String, Option<Outcome>)>;

impl FakeEngine {
    /// From now on, `query` is answered so by every workflow, whatever its arguments. Queries
    /// that nobody answers fail as a real worker's would.
    pub fn answer(&self, query: &str, answer: Json) {
        self.change(|state| state.answers.queries.insert(query.to_owned(), Ok(answer)));
    }

    /// From now on, every workflow answers `query` with that failure.
    pub fn refuse_query(&self, query: &str, failure: Failure) {
        self.change(|state| state.answers.queries.insert(query.to_owned(), Err(failure)));
    }

    /// From now on, every workflow takes updates of that name on and comes to this outcome.
    /// Updates that nobody answers are refused as a real worker would.
    pub fn answer_update(&self, name: &str, outcome: Result<Json, Failure>) {
        self.set_update(name, Answer::Accepted(Some(outcome)));
    }

    /// From now on, every workflow takes updates of that name on, and does not finish them before
    /// [`FakeWorkflow::complete_update`](super::FakeWorkflow::complete_update).
    pub fn accept_update(&self, name: &str) {
        self.set_update(name, Answer::Accepted(None));
    }

    /// From now on, every workflow refuses updates of that name.
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
        let until = Instant::now() + up.update.timeout;
        let arrived = self.arrive(Call::Update, |sent| sent.updates.push(up.clone()));
        timeout_at(until, arrived)
            .await
            .map_err(|_| no_worker())??;
        let run_id = {
            let state = self.state();
            let run = state.histories.run(&up.workflow_id, up.run_id.as_deref())?;
            Arc::clone(&run.run_id)
        };
        self.update_run(&up.workflow_id, run_id, up.update).await
    }

    /// Brings an update to a run, and waits for what it comes to.
    pub(super) async fn update_run(
        &self,
        workflow_id: &Arc<str>,
        run_id: Arc<str>,
        update: StartUpdate,
    ) -> Result<UpdateOutcome, EngineError> {
        let until = Instant::now() + update.timeout;
        let free = timeout_at(until, self.unhung(Call::Update)).await;
        free.map_err(|_| no_worker())?;
        let mut changes = self.changed.subscribe();
        let refused = self.change(|state| state.take_update(workflow_id, &run_id, &update))?;
        let outcome = loop {
            if let Some(failure) = refused {
                break Some(Err(failure));
            }
            changes.borrow_and_update();
            let (open, known) = {
                let state = self.state();
                let run = state.histories.run(workflow_id, Some(&run_id))?;
                let known = run.updates.get(&update.update_id);
                (
                    run.check_open(),
                    known.and_then(|(_, outcome)| outcome.clone()),
                )
            };
            if known.is_some() || update.wait_for == UpdateStage::Accepted {
                break known;
            }
            open?;
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
    /// The workflow takes an update on, unless it did before; or gives a reason why not.
    fn take_update(
        &mut self,
        workflow_id: &str,
        run_id: &str,
        update: &StartUpdate,
    ) -> Result<Option<Failure>, EngineError> {
        let run = self.histories.run(workflow_id, Some(run_id))?;
        if run.updates.contains_key(&update.update_id) {
            return Ok(None);
        }
        run.check_open()?;
        let outcome = match self.answers.updates.get(&update.name) {
            None => return Ok(Some(unknown(&update.name))),
            Some(Answer::Rejected(failure)) => return Ok(Some(failure.clone())),
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
        let known = (update.name.clone(), None);
        run.updates.insert(update.update_id.clone(), known);
        if let Some(outcome) = outcome {
            self.complete_update(workflow_id, run_id, &update.update_id, outcome);
        }
        Ok(None)
    }

    /// An update that was taken on comes to this.
    ///
    /// # Panics
    /// It was not taken on.
    pub(super) fn complete_update(
        &mut self,
        workflow_id: &str,
        run_id: &str,
        update_id: &str,
        outcome: Outcome,
    ) {
        let run = self.histories.run_mut(workflow_id, run_id);
        let (name, known) = run
            .updates
            .get_mut(update_id)
            .expect("an update of this id");
        *known = Some(outcome.clone());
        let completed = UpdateCompleted {
            update_id: update_id.to_owned(),
            name: name.clone(),
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

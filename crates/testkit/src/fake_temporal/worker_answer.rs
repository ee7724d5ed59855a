//! The answers of workers: to queries and updates, as a test sets them.

use std::collections::HashMap;

use fast_temporal_protocol::{Failure, Json};

pub(super) type Outcome = Result<Json, Failure>;

/// The answers of workers, by the name of the query or update.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) queries: HashMap<String, Outcome>,
    pub(super) updates: HashMap<String, UpdateAnswer>,
}

/// How workers answer an update.
pub(super) enum UpdateAnswer {
    /// The update is accepted, and completed at once or by the test later.
    Accepted(Option<Outcome>),
    Rejected(Failure),
}

/// The updates that a run accepted, by their ids.
#[derive(Default)]
pub(super) struct Updates(pub(super) HashMap<String, AcceptedUpdate>);

pub(super) struct AcceptedUpdate {
    pub(super) name: String,
    /// `None` until it is completed.
    pub(super) outcome: Option<Outcome>,
}

impl Updates {
    /// Fails the updates that are not completed when their run closes.
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

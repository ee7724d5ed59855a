//! The activities of the workflows under test.
#![expect(
    dead_code,
    reason = "most activities are scheduled by name, not by constant"
)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fast_temporal_workflow::prelude::*;

/// The texts that the activity `note` received, in order.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) struct Activities {
    pub(crate) notes: Notes,
}

#[activities]
impl Activities {
    #[activity(name = "greet")]
    pub(crate) async fn greet(
        _ctx: ActivityContext,
        name: String,
    ) -> Result<String, ActivityError> {
        Ok(format!("Hello, {name}!"))
    }

    #[activity(name = "add")]
    pub(crate) async fn add(
        _ctx: ActivityContext,
        terms: MultiArgs2<i64, i64>,
    ) -> Result<i64, ActivityError> {
        Ok(terms.0 + terms.1)
    }

    #[activity(name = "reject")]
    pub(crate) async fn reject(_ctx: ActivityContext, why: String) -> Result<(), ActivityError> {
        let failure = ApplicationFailure::builder(why).type_name("Rejected".to_owned());
        Err(ActivityError::application(failure.build()))
    }

    #[activity(name = "note")]
    pub(crate) async fn note(
        self: Arc<Self>,
        _ctx: ActivityContext,
        text: String,
    ) -> Result<(), ActivityError> {
        self.notes.0.lock().unwrap().push(text);
        Ok(())
    }

    /// Runs until it is cancelled, and then adds a note.
    #[activity(name = "linger")]
    pub(crate) async fn linger(self: Arc<Self>, ctx: ActivityContext) -> Result<(), ActivityError> {
        while !ctx.is_cancelled() {
            ctx.record_heartbeat("alive".to_owned()).await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.notes
            .0
            .lock()
            .unwrap()
            .push("linger was cancelled".to_owned());
        Err(ActivityError::cancelled())
    }
}

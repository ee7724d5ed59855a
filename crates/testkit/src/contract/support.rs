//! The vocabulary of the cases: requests, and reads of histories.

use std::{fmt::Debug, sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineError, EngineErrorKind,
    engine::{
        CloseWorkflow, Page, SignalWorkflow, Source, StartUpdate, StartWorkflow, UpdateOutcome,
        UpdateWorkflow, Wait,
    },
};
use fast_temporal_protocol::{Event, EventData, Failure, Json, v1::UpdateStage};
use tokio::time::{interval, timeout};

use super::{TASK_QUEUE, UPDATE, WORKFLOW_TYPE, json, world::World};

/// A run id that no run has.
pub(super) const UNKNOWN_RUN_ID: &str = "00000000-0000-4000-8000-000000000000";
/// The time limit on anything that a case waits for.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// The engine, and the run of a new workflow `w`.
///
/// # Panics
/// The start fails.
pub(super) async fn started(world: &impl World) -> (Arc<dyn Engine>, Arc<str>) {
    let engine = world.engine();
    let started = engine.start(workflow("w")).await;
    let run_id = started.expect("a start").run_id;
    (engine, run_id)
}

/// The same after the first workflow task.
pub(super) async fn idle(world: &mut impl World) -> (Arc<dyn Engine>, Arc<str>) {
    let started = started(world).await;
    world.complete_task("w").await;
    started
}

/// A start that is rejected if the id was ever used.
pub fn workflow(workflow_id: &str) -> StartWorkflow {
    StartWorkflow::new(
        workflow_id.into(),
        WORKFLOW_TYPE.to_owned(),
        TASK_QUEUE.to_owned(),
    )
}

/// The same with a signal `go`.
pub fn with_signal(start: StartWorkflow) -> StartWorkflow {
    StartWorkflow {
        signal: Some(("go".to_owned(), vec![json("1")])),
        ..start
    }
}

/// A signal to the current run.
pub fn signal(workflow_id: &str, name: &str) -> SignalWorkflow {
    SignalWorkflow {
        workflow_id: workflow_id.into(),
        run_id: None,
        name: name.to_owned(),
        args: Vec::new(),
        request_id: None,
    }
}

/// A request to cancel or to terminate the current run.
pub fn close(workflow_id: &str) -> CloseWorkflow {
    CloseWorkflow {
        workflow_id: workflow_id.into(),
        run_id: None,
        reason: "enough".to_owned(),
        request_id: None,
    }
}

/// An update of the current run, to wait for until it is completed.
pub fn update(workflow_id: &str, update_id: &str) -> UpdateWorkflow {
    UpdateWorkflow {
        workflow_id: workflow_id.into(),
        run_id: None,
        update: start_update(update_id),
    }
}

/// The same as part of a start.
pub fn start_update(update_id: &str) -> StartUpdate {
    StartUpdate {
        update_id: update_id.to_owned(),
        name: UPDATE.to_owned(),
        args: vec![json("[1]")],
        wait_for: UpdateStage::Completed,
        timeout: Duration::from_mins(1),
    }
}

/// An update's result or failure; `None` for one that is only accepted.
pub fn outcome(update: &UpdateOutcome) -> Option<Result<&str, &Failure>> {
    Some(update.outcome.as_ref()?.as_ref().map(Json::get))
}

/// The kind of failure.
///
/// # Panics
/// It did not fail.
pub fn kind<T: Debug>(result: Result<T, EngineError>) -> EngineErrorKind {
    result.expect_err("the request fails").kind
}

/// The types of events.
pub fn types(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.data.type_name()).collect()
}

/// Reads on until the source is at the tail, or the run's history at its end.
///
/// # Panics
/// A read fails.
pub async fn catch_up(source: &mut dyn Source) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let page = source.next(Wait::NoWait).await.expect("a page");
        let last = page.caught_up || page.end.is_some();
        events.extend(page.events);
        if last {
            return events;
        }
    }
}

/// A source of a run of the workflow `w`, at the tail.
pub(super) async fn at_tail(engine: &dyn Engine, run_id: &Arc<str>) -> Box<dyn Source> {
    let mut source = engine.open(&"w".into(), run_id);
    catch_up(&mut *source).await;
    source
}

/// The events of one run, from the first to the last there is.
pub async fn events(engine: &dyn Engine, workflow_id: &str, run_id: &Arc<str>) -> Vec<Event> {
    catch_up(&mut *engine.open(&workflow_id.into(), run_id)).await
}

/// The names of the signals that a run has received, in order.
pub async fn signals(engine: &dyn Engine, workflow_id: &str, run_id: &Arc<str>) -> Vec<String> {
    let events = events(engine, workflow_id, run_id).await.into_iter();
    let names = events.filter_map(|event| match event.data {
        EventData::SignalReceived(signal) => Some(signal.name),
        _ => None,
    });
    names.collect()
}

/// The current run.
///
/// # Panics
/// The workflow does not exist.
pub async fn current_run(engine: &dyn Engine, workflow_id: &str) -> Arc<str> {
    let described = engine.describe(workflow_id, None).await;
    described.expect("a description").run_id
}

/// Reads with long polls up to the first page that has events or an end.
pub(super) async fn next_page(source: &mut dyn Source) -> Page {
    let page = async {
        loop {
            let page = source.next(Wait::LongPoll).await.expect("a page");
            if !page.events.is_empty() || page.end.is_some() {
                return page;
            }
        }
    };
    timeout(SOON, page).await.expect("something happens soon")
}

/// Calls it until it returns a value: visibility and heartbeats take effect after a moment.
pub(super) async fn eventually<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let mut pace = interval(Duration::from_millis(200));
    let attempts = async {
        loop {
            pace.tick().await;
            if let Some(value) = attempt().await {
                return value;
            }
        }
    };
    timeout(SOON, attempts).await.expect("it takes effect soon")
}

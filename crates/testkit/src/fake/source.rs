//! Reads a fake history in pages, and waits at the tail.

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{Page, Source, Wait},
};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout_at};

use super::{FakeEngine, State};
use crate::contract::MAX_LONG_POLL;

#[derive(Clone)]
pub(super) struct FakeSource {
    engine: FakeEngine,
    workflow_id: Arc<str>,
    run_id: Arc<str>,
    /// The number of history events read, and their branch.
    read: usize,
    branch: Option<usize>,
}

/// Counts a read as in progress until dropped.
struct Reading(FakeEngine);

/// Counts a long poll as open until dropped.
struct OpenPoll(FakeEngine);

impl FakeSource {
    pub(super) fn new(engine: FakeEngine, workflow_id: Arc<str>, run_id: Arc<str>) -> Self {
        Self {
            engine,
            workflow_id,
            run_id,
            read: 0,
            branch: None,
        }
    }

    /// Returns the next page; `None` at the tail.
    fn try_read(&mut self, state: &mut State) -> Result<Option<Page>, EngineError> {
        state.faults.check_read(&self.workflow_id)?;
        let run = state.histories.run(&self.workflow_id, Some(&self.run_id))?;
        if state.faults.reads.empty {
            return Ok(Some(Page {
                caught_up: true,
                workflow_task_started: run.workflow_task_started,
                ..Page::default()
            }));
        }
        if self.branch.is_some_and(|branch| branch != run.branch) {
            return Err(EngineError::new(
                EngineErrorKind::BranchChanged,
                "another branch",
            ));
        }
        if self.read == run.events.len() && run.end.is_none() {
            return Ok(None);
        }
        let until = run
            .events
            .len()
            .min(self.read + state.page_events.unwrap_or(256));
        let events = run.events[self.read..until].concat();
        let last = until == run.events.len();
        let here = self.read + 1..=until;
        let page = Page {
            events,
            caught_up: false,
            workflow_task_started: run.workflow_task_started,
            task_completed: run.completed_tasks.iter().any(|task| here.contains(task)),
            end: if last { run.end.clone() } else { None },
        };
        (self.read, self.branch) = (until, Some(run.branch));
        Ok(Some(page))
    }

    fn empty(&self) -> Page {
        let state = self.engine.state();
        let run = state.histories.run(&self.workflow_id, Some(&self.run_id));
        Page {
            caught_up: true,
            workflow_task_started: run.is_ok_and(|run| run.workflow_task_started),
            ..Page::default()
        }
    }
}

impl Source for FakeSource {
    fn next(&mut self, wait: Wait) -> BoxFuture<'_, Result<Page, EngineError>> {
        Box::pin(async move {
            let engine = self.engine.clone();
            let _reading = Reading::new(&engine);
            let delay = engine.state().faults.reads.delay;
            if !delay.is_zero() {
                sleep(delay).await;
            }
            let until = Instant::now() + MAX_LONG_POLL;
            let mut changes = engine.changed.subscribe();
            let mut open = None;
            loop {
                changes.borrow_and_update();
                if let Some(page) = self.try_read(&mut engine.state())? {
                    return Ok(page);
                }
                if wait == Wait::NoWait {
                    return Ok(self.empty());
                }
                open.get_or_insert_with(|| OpenPoll::new(&engine));
                match timeout_at(until, changes.changed()).await {
                    Ok(changed) => changed.expect("the engine holds the sender"),
                    Err(_) => return Ok(self.empty()),
                }
            }
        })
    }

    fn fork(&self) -> Box<dyn Source> {
        Box::new(self.clone())
    }
}

impl Reading {
    fn new(engine: &FakeEngine) -> Self {
        engine.change(|state| {
            let stats = &mut state.stats;
            stats.reads += 1;
            stats.reading += 1;
            stats.max_reading = stats.max_reading.max(stats.reading);
        });
        Self(engine.clone())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.change(|state| state.stats.reading -= 1);
    }
}

impl OpenPoll {
    fn new(engine: &FakeEngine) -> Self {
        engine.change(|state| {
            let stats = &mut state.stats;
            stats.open_polls += 1;
            stats.max_open_polls = stats.max_open_polls.max(stats.open_polls);
        });
        Self(engine.clone())
    }
}

impl Drop for OpenPoll {
    fn drop(&mut self) {
        self.0.change(|state| state.stats.open_polls -= 1);
    }
}

//! Reads a fake history in pages, and waits at the tail.

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{Page, Source, Wait},
};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout_at};

use super::fake_engine::{FakeEngine, State};
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
            engine.change(|state| state.stats.reads += 1);
            let _reading = engine.in_progress(|stats| (&mut stats.reading, &mut stats.max_reading));
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
                open.get_or_insert_with(|| {
                    engine.in_progress(|stats| (&mut stats.open_polls, &mut stats.max_open_polls))
                });
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

//! A Temporal that lives in memory: histories are written by the test, and read through the same
//! contract as the real one. It pages, waits, forgets, breaks and counts as it is told.

mod call;
mod details;
mod engine;
mod fault;
mod history;
mod message;
mod source;
mod start;
mod stream;
mod update;
mod visibility;
mod workflow;

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{EngineError, EngineErrorKind, engine::StartWorkflow};
use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

pub use self::{
    call::{Call, Sent, Stats},
    workflow::FakeWorkflow,
};
use self::{fault::Faults, history::Histories, update::Answers};

/// The handle. Clones share everything.
#[derive(Clone)]
pub struct FakeEngine {
    namespace: Arc<str>,
    state: Arc<Mutex<State>>,
    /// Grows with every change, and wakes the reads that wait.
    changed: Arc<watch::Sender<()>>,
}

#[derive(Default)]
struct State {
    histories: Histories,
    answers: Answers,
    faults: Faults,
    stats: Stats,
    page_events: Option<usize>,
    /// How many items an answer about a stream holds at most.
    stream_page: Option<usize>,
    stream_delay: Duration,
    reading_streams: usize,
    /// Whether it says of no run what a reset made of it.
    is_old: bool,
    started: Vec<StartWorkflow>,
    sent: Sent,
}

impl Default for FakeEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeEngine {
    /// A Temporal without workflows, of the namespace `default`.
    pub fn new() -> Self {
        Self {
            namespace: "default".into(),
            state: Arc::default(),
            changed: Arc::new(watch::Sender::new(())),
        }
    }

    /// Starts a workflow, as a client elsewhere would. Its history holds `workflow.started`.
    pub fn workflow(&self, workflow_id: &str) -> FakeWorkflow {
        let start = StartWorkflow::new(
            workflow_id.into(),
            "FakeWorkflow".to_owned(),
            "fakes".to_owned(),
        );
        let run = self.change(|state| state.histories.start(start));
        FakeWorkflow::new(self.clone(), workflow_id.into(), run)
    }

    /// The workflow of that id, in its current run, however it was started.
    ///
    /// # Panics
    /// There is none.
    pub fn find(&self, workflow_id: &str) -> FakeWorkflow {
        let current = {
            let state = self.state();
            let run = state.histories.current(workflow_id);
            Arc::clone(&run.expect("a workflow of this id").run_id)
        };
        FakeWorkflow::new(self.clone(), workflow_id.into(), current)
    }

    /// That run of a workflow.
    ///
    /// # Panics
    /// There is none.
    pub fn find_run(&self, workflow_id: &str, run_id: &str) -> FakeWorkflow {
        let run_id = {
            let state = self.state();
            let run = state.histories.run(workflow_id, Some(run_id));
            Arc::clone(&run.expect("a run of this id").run_id)
        };
        FakeWorkflow::new(self.clone(), workflow_id.into(), run_id)
    }

    /// Waits until `count` workflows were started through the engine, and gives them all.
    pub async fn started(&self, count: usize) -> Vec<StartWorkflow> {
        let mut changes = self.changed.subscribe();
        loop {
            let started = self.state().started.clone();
            if started.len() >= count {
                return started;
            }
            changes
                .changed()
                .await
                .expect("the engine holds the sender");
        }
    }

    /// From now on, a page holds at most that many events.
    pub fn page_events(&self, count: usize) {
        self.change(|state| state.page_events = Some(count.max(1)));
    }

    /// From now on, runs don't say what a reset made of them, as before Temporal knew it.
    pub fn grow_old(&self) {
        self.change(|state| state.is_old = true);
    }

    /// From now on, it is that time in this Temporal. Until this is called, the clock's own time.
    pub fn set_time(&self, now: Timestamp) {
        self.change(|state| state.histories.clock = Some(now));
    }

    /// What was sent to this engine so far, whether it was refused or not.
    pub fn sent(&self) -> Sent {
        self.state().sent.clone()
    }

    /// What was asked of this engine so far.
    pub fn stats(&self) -> Stats {
        self.state().stats
    }

    /// Waits until what was asked so far satisfies a condition.
    pub async fn stats_reach(&self, mut condition: impl FnMut(&Stats) -> bool) -> Stats {
        let mut changes = self.changed.subscribe();
        loop {
            let stats = self.stats();
            if condition(&stats) {
                return stats;
            }
            changes
                .changed()
                .await
                .expect("the engine holds the sender");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock());
        self.changed.send_replace(());
        result
    }
}

fn invalid(message: impl Into<String>) -> EngineError {
    EngineError::new(EngineErrorKind::Invalid, message)
}

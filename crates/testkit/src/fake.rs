//! A Temporal in memory. Tests write its histories and set its answers and faults; the engine behaves
//! as the [contract](crate::contract) requires.

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

/// A handle to a fake Temporal. Clones share it.
#[derive(Clone)]
pub struct FakeEngine {
    namespace: Arc<str>,
    state: Arc<Mutex<State>>,
    /// Notified of every change, which wakes waiting requests.
    changed: Arc<watch::Sender<()>>,
}

#[derive(Default)]
struct State {
    histories: Histories,
    answers: Answers,
    faults: Faults,
    stats: Stats,
    page_events: Option<usize>,
    /// The maximum number of items in a page of a stream.
    stream_page: Option<usize>,
    stream_delay: Duration,
    reading_streams: usize,
    /// Whether descriptions leave out resets, as those of old servers do.
    omits_resets: bool,
    started: Vec<StartWorkflow>,
    sent: Sent,
}

impl Default for FakeEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeEngine {
    /// Makes a Temporal without workflows, with the namespace `default`.
    pub fn new() -> Self {
        Self {
            namespace: "default".into(),
            state: Arc::default(),
            changed: Arc::new(watch::Sender::new(())),
        }
    }

    /// Starts a workflow directly, not through the engine. Its history has the event `workflow.started`.
    pub fn workflow(&self, workflow_id: &str) -> FakeWorkflow {
        let start = StartWorkflow::new(
            workflow_id.into(),
            "FakeWorkflow".to_owned(),
            "fakes".to_owned(),
        );
        let run = self.change(|state| state.histories.start(start));
        FakeWorkflow::new(self.clone(), workflow_id.into(), run)
    }

    /// Returns the current run of a workflow.
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

    /// Returns a run of a workflow.
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

    /// Waits until `count` workflows were started through the engine, and returns them all.
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

    /// Limits pages of history to `count` events.
    pub fn page_events(&self, count: usize) {
        self.change(|state| state.page_events = Some(count.max(1)));
    }

    /// Leaves resets out of descriptions, as old servers do.
    pub fn omit_resets(&self) {
        self.change(|state| state.omits_resets = true);
    }

    /// Sets the time of this Temporal, which is the system's until then.
    pub fn set_time(&self, now: Timestamp) {
        self.change(|state| state.histories.clock = Some(now));
    }

    /// Returns the requests so far, with those that failed.
    pub fn sent(&self) -> Sent {
        self.state().sent.clone()
    }

    /// Returns the numbers of requests so far.
    pub fn stats(&self) -> Stats {
        self.state().stats
    }

    /// Waits until the numbers of requests fulfil a condition.
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

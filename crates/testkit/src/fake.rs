//! A Temporal that lives in memory: histories are written by the test, and read through the same
//! contract as the real one. It pages, waits, forgets, breaks and counts as it is told.

mod fault;
mod history;
mod source;
mod workflow;

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineError, EngineErrorKind,
    engine::{Query, RunStatus, Source, StartWorkflow, Started, WorkflowDescription, WorkflowPage},
};
use fast_temporal_protocol::Json;
use futures_util::future::BoxFuture;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use self::{fault::Faults, history::Histories, source::FakeSource};
pub use self::{fault::Stats, workflow::FakeWorkflow};

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
    faults: Faults,
    stats: Stats,
    page_events: Option<usize>,
    started: Vec<StartWorkflow>,
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
        let run = self.change(|state| state.histories.start(workflow_id, "FakeWorkflow", "fakes"));
        FakeWorkflow::new(self.clone(), workflow_id.into(), run)
    }

    /// The workflow of that id, in its current run, however it was started.
    ///
    /// # Panics
    /// There is none.
    pub fn find(&self, workflow_id: &str) -> FakeWorkflow {
        let run = self
            .state()
            .histories
            .current(workflow_id)
            .expect("a workflow of this id");
        FakeWorkflow::new(self.clone(), workflow_id.into(), run)
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

    /// Every request fails as unavailable until [`Self::come_back`], open reads at once.
    pub fn go_away(&self) {
        self.change(|state| state.faults.away = true);
    }

    /// Ends [`Self::go_away`].
    pub fn come_back(&self) {
        self.change(|state| state.faults.away = false);
    }

    /// The next `count` reads of history fail like this, those that wait included.
    pub fn fail_reads(&self, count: usize, kind: EngineErrorKind) {
        self.change(|state| state.faults.reads.next = Some((kind, count)));
    }

    /// From now on, every read of that workflow's history fails like this; with `None`, none does.
    pub fn fail_reads_of(&self, workflow_id: &str, kind: Option<EngineErrorKind>) {
        self.change(|state| {
            let of = &mut state.faults.reads.of;
            match kind {
                Some(kind) => of.insert(workflow_id.to_owned(), kind),
                None => of.remove(workflow_id),
            }
        });
    }

    /// From now on, whoever reads that workflow's history panics, those that wait included; with
    /// `None`, nobody does.
    pub fn panic_reads_of(&self, workflow_id: Option<&str>) {
        self.change(|state| state.faults.reads.panic_of = workflow_id.map(str::to_owned));
    }

    /// From now on, every read of history takes at least that long.
    pub fn delay_reads(&self, delay: Duration) {
        self.change(|state| state.faults.reads.delay = delay);
    }

    /// Whether, from now on, reads of history are answered at once with nothing, as by a proxy
    /// that doesn't let polls wait.
    pub fn empty_reads(&self, empty: bool) {
        self.change(|state| state.faults.reads.empty = empty);
    }

    /// The next `count` starts fail like this.
    pub fn fail_starts(&self, count: usize, kind: EngineErrorKind) {
        self.change(|state| state.faults.starts = Some((kind, count)));
    }

    /// From now on, starts never answer.
    pub fn hang_starts(&self) {
        self.change(|state| state.faults.starts_hang = true);
    }

    /// From now on, `query` is answered so by every workflow, whatever its arguments. Queries
    /// that nobody answers fail as a real worker's would.
    pub fn answer(&self, query: &str, answer: Json) {
        self.change(|state| state.faults.answers.insert(query.to_owned(), answer));
    }

    /// From now on, queries are not answered within any time: there is no worker.
    pub fn hang_queries(&self) {
        self.change(|state| state.faults.queries_hang = true);
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

    fn request<T>(
        &self,
        answer: impl FnOnce(&mut State) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.change(|state| {
            state.faults.check_away()?;
            answer(state)
        })
    }
}

impl Engine for FakeEngine {
    fn namespace(&self) -> &Arc<str> {
        &self.namespace
    }

    fn check(&self) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async { self.request(|_| Ok(())) })
    }

    fn start(&self, start: StartWorkflow) -> BoxFuture<'_, Result<Started, EngineError>> {
        Box::pin(async move {
            if self.state().faults.starts_hang {
                std::future::pending::<()>().await;
            }
            self.request(|state| {
                state.stats.starts += 1;
                Faults::check(&mut state.faults.starts)?;
                if state.histories.is_open(&start.workflow_id) {
                    return Err(EngineError::new(EngineErrorKind::AlreadyStarted, "it runs"));
                }
                let run_id = state.histories.start(
                    &start.workflow_id,
                    &start.workflow_type,
                    &start.task_queue,
                );
                state.started.push(start);
                Ok(Started { run_id })
            })
        })
    }

    fn query(&self, query: Query) -> BoxFuture<'_, Result<Json, EngineError>> {
        Box::pin(async move {
            if self.state().faults.queries_hang {
                tokio::time::sleep(query.timeout).await;
                return Err(EngineError::new(EngineErrorKind::Timeout, "no worker"));
            }
            self.request(|state| {
                state.stats.queries += 1;
                state
                    .faults
                    .answers
                    .get(&query.name)
                    .cloned()
                    .ok_or_else(|| {
                        EngineError::new(EngineErrorKind::Invalid, "no query handler of that name")
                    })
            })
        })
    }

    fn describe<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDescription, EngineError>> {
        Box::pin(async move {
            self.request(|state| {
                state.stats.describes += 1;
                let run = state.histories.run(workflow_id, run_id)?;
                Ok(WorkflowDescription {
                    run_id: Arc::clone(&run.run_id),
                    first_run_id: Arc::clone(&run.first_run_id),
                    status: if run.end.is_some() {
                        RunStatus::Closed
                    } else {
                        RunStatus::Running
                    },
                    workflow_type: run.workflow_type.clone(),
                })
            })
        })
    }

    fn predecessor<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, EngineError>> {
        Box::pin(async move {
            self.request(|state| {
                state.stats.predecessors += 1;
                Ok(state
                    .histories
                    .run(workflow_id, Some(run_id))?
                    .before
                    .clone())
            })
        })
    }

    fn list<'a>(
        &'a self,
        query: &'a str,
        _page_token: &'a [u8],
    ) -> BoxFuture<'a, Result<WorkflowPage, EngineError>> {
        Box::pin(async move {
            self.request(|state| {
                state.stats.lists += 1;
                let workflows = state.histories.visible(query);
                Ok(WorkflowPage {
                    workflows,
                    next_page_token: Vec::new(),
                })
            })
        })
    }

    fn open(&self, workflow_id: &Arc<str>, run_id: &Arc<str>) -> Box<dyn Source> {
        Box::new(FakeSource::new(
            self.clone(),
            Arc::clone(workflow_id),
            Arc::clone(run_id),
        ))
    }
}

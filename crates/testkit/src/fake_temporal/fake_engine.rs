//! The handle to a fake Temporal, and its state.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{EngineError, EngineErrorKind, engine::StartWorkflow};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use super::{
    call::{Call, Gauge, Sent, Stats},
    fault::Faults,
    history::Histories,
    worker_answer::Answers,
};

/// A handle to a fake Temporal. Clones share it.
#[derive(Clone)]
pub struct FakeEngine {
    pub(super) namespace: Arc<str>,
    state: Arc<Mutex<State>>,
    /// Notified of every change, which wakes waiting requests.
    pub(super) changed: Arc<watch::Sender<()>>,
}

/// All that a fake Temporal knows.
#[derive(Default)]
pub(super) struct State {
    pub(super) histories: Histories,
    pub(super) answers: Answers,
    pub(super) faults: Faults,
    pub(super) stats: Stats,
    pub(super) page_events: Option<usize>,
    /// The maximum number of items in a page of a stream.
    pub(super) stream_page: Option<usize>,
    pub(super) stream_delay: Duration,
    /// Whether descriptions leave out resets, as those of old servers do.
    pub(super) omits_resets: bool,
    pub(super) started: Vec<StartWorkflow>,
    pub(super) sent: Sent,
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

    /// Waits until `count` workflows were started through the engine, and returns them all.
    pub async fn started(&self, count: usize) -> Vec<StartWorkflow> {
        self.wait_until(|state| (state.started.len() >= count).then(|| state.started.clone()))
            .await
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
        self.wait_until(|state| condition(&state.stats).then_some(state.stats))
            .await
    }

    /// Waits until a change makes `ready` return a value.
    async fn wait_until<T>(&self, mut ready: impl FnMut(&State) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        loop {
            if let Some(value) = ready(&self.state()) {
                return value;
            }
            let changed = changes.changed().await;
            changed.expect("the engine holds the sender");
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock());
        self.changed.send_replace(());
        result
    }

    /// Counts and records a request, waits while requests of that kind hang, and fails if a fault was set.
    pub(super) async fn arrive(
        &self,
        call: Call,
        record: impl FnOnce(&mut Sent),
    ) -> Result<(), EngineError> {
        self.record(call, record);
        self.wait_until(|state| (!state.faults.hangs(call)).then_some(()))
            .await;
        self.state().faults.check(call)
    }

    /// Counts and records a request.
    pub(super) fn record(&self, call: Call, record: impl FnOnce(&mut Sent)) {
        self.change(|state| {
            *state.stats.of(call) += 1;
            record(&mut state.sent);
        });
    }

    /// Counts a request as in progress until the returned value is dropped.
    pub(super) fn in_progress(&self, gauge: Gauge) -> InProgress {
        self.change(|state| {
            let (current, most) = gauge(&mut state.stats);
            *current += 1;
            *most = (*current).max(*most);
        });
        InProgress {
            engine: self.clone(),
            gauge,
        }
    }
}

/// A request in progress.
pub(super) struct InProgress {
    engine: FakeEngine,
    gauge: Gauge,
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.engine
            .change(|state| *(self.gauge)(&mut state.stats).0 -= 1);
    }
}

pub(super) fn invalid(message: impl Into<String>) -> EngineError {
    EngineError::new(EngineErrorKind::Invalid, message)
}

//! What was asked of a fake engine, counted and kept.

use fast_temporal_core::{
    EngineError,
    engine::{
        CloseWorkflow, ListWorkflows, Query, ReadWorkflowStream, SignalWorkflow, StartWorkflow,
        UpdateWorkflow,
    },
};

use super::FakeEngine;

/// The kinds of requests, but for reads of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they are the engine's methods")]
pub enum Call {
    Check,
    Start,
    Signal,
    Update,
    Cancel,
    Terminate,
    Query,
    ReadWorkflowStream,
    Describe,
    Details,
    Predecessor,
    StartedBetween,
    List,
}

/// What was asked of a fake engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Reads of history, answered or not.
    pub reads: usize,
    /// Reads that wait right now.
    pub open_polls: usize,
    /// The most that ever waited together.
    pub max_open_polls: usize,
    /// Checks.
    pub checks: usize,
    /// Starts.
    pub starts: usize,
    /// Signals.
    pub signals: usize,
    /// Updates.
    pub updates: usize,
    /// Requests to cancel.
    pub cancels: usize,
    /// Requests to terminate.
    pub terminates: usize,
    /// Queries.
    pub queries: usize,
    /// Questions for what a workflow's own stream holds.
    pub stream_reads: usize,
    /// The most of these that ever were under way together.
    pub max_reading_streams: usize,
    /// Descriptions.
    pub describes: usize,
    /// Descriptions with everything that is known.
    pub details: usize,
    /// Questions for the run before a run.
    pub predecessors: usize,
    /// Questions for the runs that began between two moments.
    pub runs_started_between: usize,
    /// Visibility queries.
    pub lists: usize,
    /// Reads of history under way right now, those that wait included.
    pub reading: usize,
    /// The most reads of history that ever were under way together.
    pub max_reading: usize,
}

/// What was sent to a fake engine, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    /// Starts, also those that found their workflow there already.
    pub starts: Vec<StartWorkflow>,
    /// Signals.
    pub signals: Vec<SignalWorkflow>,
    /// Updates.
    pub updates: Vec<UpdateWorkflow>,
    /// Requests to cancel.
    pub cancels: Vec<CloseWorkflow>,
    /// Requests to terminate.
    pub terminates: Vec<CloseWorkflow>,
    /// Queries.
    pub queries: Vec<Query>,
    /// Questions for what a workflow's own stream holds.
    pub stream_reads: Vec<ReadWorkflowStream>,
    /// Visibility queries.
    pub lists: Vec<ListWorkflows>,
}

impl FakeEngine {
    /// A request comes in: it is counted and kept, waits for as long as such requests hang, and
    /// fails where that was asked for.
    pub(super) async fn arrive(
        &self,
        call: Call,
        keep: impl FnOnce(&mut Sent),
    ) -> Result<(), EngineError> {
        self.record(call, keep);
        self.unhung(call).await;
        self.state().faults.check(call)
    }

    /// Counts and keeps a request.
    pub(super) fn record(&self, call: Call, keep: impl FnOnce(&mut Sent)) {
        self.change(|state| {
            *state.stats.of(call) += 1;
            keep(&mut state.sent);
        });
    }

    /// Returns as soon as requests of that kind do not hang.
    async fn unhung(&self, call: Call) {
        let mut changes = self.changed.subscribe();
        while self.state().faults.hangs(call) {
            let changed = changes.changed().await;
            changed.expect("the engine holds the sender");
        }
    }
}

impl Stats {
    fn of(&mut self, call: Call) -> &mut usize {
        match call {
            Call::Check => &mut self.checks,
            Call::Start => &mut self.starts,
            Call::Signal => &mut self.signals,
            Call::Update => &mut self.updates,
            Call::Cancel => &mut self.cancels,
            Call::Terminate => &mut self.terminates,
            Call::Query => &mut self.queries,
            Call::ReadWorkflowStream => &mut self.stream_reads,
            Call::Describe => &mut self.describes,
            Call::Details => &mut self.details,
            Call::Predecessor => &mut self.predecessors,
            Call::StartedBetween => &mut self.runs_started_between,
            Call::List => &mut self.lists,
        }
    }
}

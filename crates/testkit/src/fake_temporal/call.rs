//! The requests to a fake engine: their kinds, their numbers, and the requests themselves.

use fast_temporal_core::engine::{
    CloseWorkflow, ListWorkflows, Query, ReadWorkflowStream, SignalWorkflow, StartWorkflow,
    UpdateWorkflow,
};

/// A kind of request, other than a read of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the engine's methods")]
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

/// The numbers of requests to a fake engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the requests that `Call` names")]
pub struct Stats {
    /// Reads of history, with those that failed.
    pub reads: usize,
    /// Reads of history in progress now, with those that are waiting.
    pub reading: usize,
    /// The maximum of `reading` so far.
    pub max_reading: usize,
    /// Long polls that are waiting now.
    pub open_polls: usize,
    /// The maximum of `open_polls` so far.
    pub max_open_polls: usize,
    /// Reads of streams in progress now.
    pub reading_streams: usize,
    /// The maximum of `reading_streams` so far.
    pub max_reading_streams: usize,
    pub checks: usize,
    pub starts: usize,
    pub signals: usize,
    pub updates: usize,
    pub cancels: usize,
    pub terminates: usize,
    pub queries: usize,
    pub stream_reads: usize,
    pub describes: usize,
    pub details: usize,
    pub predecessors: usize,
    pub runs_started_between: usize,
    pub lists: usize,
}

/// The requests to a fake engine, in order.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the requests that `Call` names")]
pub struct Sent {
    /// Starts, with those that found an existing workflow.
    pub starts: Vec<StartWorkflow>,
    pub signals: Vec<SignalWorkflow>,
    pub updates: Vec<UpdateWorkflow>,
    pub cancels: Vec<CloseWorkflow>,
    pub terminates: Vec<CloseWorkflow>,
    pub queries: Vec<Query>,
    pub stream_reads: Vec<ReadWorkflowStream>,
    pub lists: Vec<ListWorkflows>,
}

/// A number of requests in progress, and its maximum so far.
pub(super) type Gauge = fn(&mut Stats) -> (&mut usize, &mut usize);

impl Stats {
    pub(super) fn of(&mut self, call: Call) -> &mut usize {
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

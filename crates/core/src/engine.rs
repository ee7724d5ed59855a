//! Temporal as the gateway sees it.
//!
//! One implementation speaks to a real cluster, one is a fake for tests. An [`Engine`] starts
//! workflows and opens [`Source`]s; a source reads one run's history, already projected to events.

mod error;
mod request;

use std::sync::Arc;

use fast_temporal_protocol::{Event, Json, v1::WorkflowDetails};
use futures_util::future::BoxFuture;
use jiff::Timestamp;

pub use self::{
    error::{EngineError, EngineErrorKind},
    request::{
        CloseWorkflow, ListWorkflows, ListedWorkflow, Query, ReadWorkflowStream, RunStatus,
        SignalWorkflow, StartOptions, StartOutcome, StartUpdate, StartWorkflow, StartedRuns,
        StreamPage, UpdateOutcome, UpdateWorkflow, WorkflowDescription, WorkflowPage,
    },
};

/// Temporal, or what stands in for it. Each method is one request, or a few where the doc says so,
/// and has a time limit of its own; none retries beyond what the connection itself does.
pub trait Engine: Send + Sync + 'static {
    /// The namespace that all ids belong to.
    fn namespace(&self) -> &Arc<str>;

    /// Whether Temporal answers and knows the namespace.
    fn check(&self) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Starts a workflow: with its start signal or update in one request where it has one. An id
    /// that the policies do not let be used again is an [`EngineErrorKind::AlreadyStarted`].
    ///
    /// A second start of the same request id, also when the workflow is over or its chain has gone
    /// on, starts nothing, sends no signal, and answers with the run that the first one started
    /// and with what the first one's update came to. What is there is described first where
    /// Temporal would not see to that.
    fn start(&self, start: StartWorkflow) -> BoxFuture<'_, Result<StartOutcome, EngineError>>;

    /// Sends a signal. A workflow that is over is an [`EngineErrorKind::Closed`], here and below.
    fn signal(&self, signal: SignalWorkflow) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Sends an update, and waits until it has come as far as is asked for. Fails with
    /// [`EngineErrorKind::Timeout`] after its time limit; an update that the workflow refused or
    /// failed to carry out is no error here.
    fn update(&self, update: UpdateWorkflow) -> BoxFuture<'_, Result<UpdateOutcome, EngineError>>;

    /// Asks a workflow to cancel itself. It is described first, as Temporal would say nothing of
    /// one that is over.
    fn cancel(&self, cancel: CloseWorkflow) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Ends a workflow.
    fn terminate(&self, terminate: CloseWorkflow) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Asks a workflow's worker. Fails with [`EngineErrorKind::Timeout`] after `query.timeout`, and
    /// with [`EngineErrorKind::QueryFailed`] where the workflow answers with a failure.
    fn query(&self, query: Query) -> BoxFuture<'_, Result<Json, EngineError>>;

    /// Asks a workflow's worker what the workflow's own stream holds. Fails as a query does: see
    /// [`Self::query`].
    fn read_workflow_stream(
        &self,
        read: ReadWorkflowStream,
    ) -> BoxFuture<'_, Result<StreamPage, EngineError>>;

    /// Describes one run, or the current one where `run_id` is `None`.
    fn describe<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDescription, EngineError>>;

    /// Everything that Temporal says of one run, or of the current one where `run_id` is `None`.
    fn details<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDetails, EngineError>>;

    /// The run before this one in its chain: the one that it continued, retried or was reset from.
    /// `None` for the chain's first run.
    fn predecessor<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, EngineError>>;

    /// The runs of an id that began between two moments, as far as visibility knows: the oldest,
    /// at most `limit`. Those at either end may be among them, as visibility's times are less exact
    /// than others. Takes a few requests where there are more than `limit`.
    fn runs_started_between<'a>(
        &'a self,
        workflow_id: &'a str,
        after: Timestamp,
        before: Timestamp,
        limit: usize,
    ) -> BoxFuture<'a, Result<StartedRuns, EngineError>>;

    /// One page of a visibility query, newest start first.
    fn list(&self, list: ListWorkflows) -> BoxFuture<'_, Result<WorkflowPage, EngineError>>;

    /// A source that stands before the first event of a run. Asks nothing of Temporal.
    fn open(&self, workflow_id: &Arc<str>, run_id: &Arc<str>) -> Box<dyn Source>;
}

/// One run's history, read forward. It holds the place where it stands and what projection needs
/// to go on from there, so a read that failed, or was dropped half way, is simply made again.
pub trait Source: Send + Sync {
    /// The next page. On an error the source stands where it stood.
    fn next(&mut self, wait: Wait) -> BoxFuture<'_, Result<Page, EngineError>>;

    /// A second source that stands at the same place.
    fn fork(&self) -> Box<dyn Source>;
}

/// How long a read may wait for something to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// An empty page at once where there is nothing new.
    NoWait,
    /// Until something happens, or Temporal's own limit (20 s) passes and the page is empty.
    LongPoll,
}

/// What one read gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The events, in order. May be empty where only workflow tasks happened.
    pub events: Vec<Event>,
    /// Whether nothing at all was there to read: the source stands at the tail.
    pub caught_up: bool,
    /// Whether a worker has taken a workflow task of this run by now.
    pub workflow_task_started: bool,
    /// Whether a workflow task was completed on this page: the workflow's code has run.
    pub task_completed: bool,
    /// Set where the run is over and this was its last page.
    pub end: Option<RunEnd>,
}

/// The end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunEnd {
    /// The run that history itself names as the next one. A reset is not named.
    pub successor: Option<Arc<str>>,
}

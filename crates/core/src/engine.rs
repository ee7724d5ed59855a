//! Temporal as the gateway sees it.
//!
//! One implementation connects to a real cluster, one is a fake for tests. An [`Engine`] starts
//! workflows and opens [`Source`]s; a source reads one run's history, projected to events.

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

/// Temporal, or a fake of it. Each method makes one request unless documented otherwise, and has its
/// own time limit. None retries, except for retries of the connection itself.
pub trait Engine: Send + Sync + 'static {
    /// The namespace that all ids belong to.
    fn namespace(&self) -> &Arc<str>;

    /// Whether Temporal answers and knows the namespace.
    fn check(&self) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Starts a workflow, with its signal or update in the same request if it has one. Fails with
    /// [`EngineErrorKind::AlreadyStarted`] if the policies don't permit reuse of the workflow id.
    ///
    /// A second start with the same request id starts nothing and sends no signal. It returns the run
    /// that the first one started and the outcome of its update, also after the workflow has closed
    /// or its chain has continued. If Temporal does not deduplicate the start itself, the existing
    /// workflow is described first.
    fn start(&self, start: StartWorkflow) -> BoxFuture<'_, Result<StartOutcome, EngineError>>;

    /// Sends a signal. Fails with [`EngineErrorKind::Closed`] if the workflow is closed, as do the
    /// methods below.
    fn signal(&self, signal: SignalWorkflow) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Sends an update, and waits until it has reached the requested stage. Fails with
    /// [`EngineErrorKind::Timeout`] after its time limit. An update that the workflow rejected or that
    /// failed is an outcome, not an error.
    fn update(&self, update: UpdateWorkflow) -> BoxFuture<'_, Result<UpdateOutcome, EngineError>>;

    /// Requests cancellation of a workflow. Describes it first, as Temporal accepts the request for a
    /// closed workflow.
    fn cancel(&self, cancel: CloseWorkflow) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Terminates a workflow.
    fn terminate(&self, terminate: CloseWorkflow) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Queries a workflow's worker. Fails with [`EngineErrorKind::Timeout`] after `query.timeout`, and
    /// with [`EngineErrorKind::QueryFailed`] if the workflow responds with a failure.
    fn query(&self, query: Query) -> BoxFuture<'_, Result<Json, EngineError>>;

    /// Reads a workflow's own stream by a query to its worker. Fails as [`Self::query`] does.
    fn read_workflow_stream(
        &self,
        read: ReadWorkflowStream,
    ) -> BoxFuture<'_, Result<StreamPage, EngineError>>;

    /// Describes one run, or the current one if `run_id` is `None`.
    fn describe<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDescription, EngineError>>;

    /// Returns all details of one run, or of the current one if `run_id` is `None`.
    fn details<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDetails, EngineError>>;

    /// Returns the run before this one in its chain: the one that it continued, retried or was reset
    /// from. `None` for the chain's first run.
    fn predecessor<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, EngineError>>;

    /// Returns the runs of a workflow id that started between two times, according to visibility: the
    /// oldest, at most `limit`. Runs at either end may be included, as visibility's times are less exact
    /// than others. Makes a few requests if there are more than `limit`.
    fn runs_started_between<'a>(
        &'a self,
        workflow_id: &'a str,
        after: Timestamp,
        before: Timestamp,
        limit: usize,
    ) -> BoxFuture<'a, Result<StartedRuns, EngineError>>;

    /// Returns one page of a visibility query, newest start first.
    fn list(&self, list: ListWorkflows) -> BoxFuture<'_, Result<WorkflowPage, EngineError>>;

    /// Returns a source before the first event of a run. Makes no request.
    fn open(&self, workflow_id: &Arc<str>, run_id: &Arc<str>) -> Box<dyn Source>;
}

/// One run's history, read forward. It keeps its position and what projection needs to continue there,
/// so a read that failed or was dropped can simply be repeated.
pub trait Source: Send + Sync {
    /// Reads the next page. On an error the position stays.
    fn next(&mut self, wait: Wait) -> BoxFuture<'_, Result<Page, EngineError>>;

    /// Returns a second source at the same position.
    fn fork(&self) -> Box<dyn Source>;
}

/// How long a read waits for new events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Returns an empty page at once if there is nothing new.
    NoWait,
    /// Waits for something new, up to Temporal's own limit (20 s), after which the page is empty.
    LongPoll,
}

/// The result of one read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The events, in order. May be empty, for instance if only workflow tasks happened.
    pub events: Vec<Event>,
    /// Whether there was nothing to read: the source is at the tail.
    pub caught_up: bool,
    /// Whether a worker has started a workflow task of this run, on this page or before.
    pub workflow_task_started: bool,
    /// Whether a workflow task was completed on this page: the workflow's code has run.
    pub task_completed: bool,
    /// Set on the last page of a closed run.
    pub end: Option<RunEnd>,
}

/// The end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunEnd {
    /// The next run, if history names it. It does not name a reset.
    pub successor: Option<Arc<str>>,
}

//! What is asked of an engine, and what it answers.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use fast_temporal_protocol::{
    Failure, Json,
    event::StreamItem,
    v1::{IdConflictPolicy, IdReusePolicy, RetryPolicy, UpdateStage, WorkflowStatus},
};
use jiff::Timestamp;

/// A workflow to start.
#[derive(Clone, Debug, PartialEq)]
pub struct StartWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The workflow type.
    pub workflow_type: String,
    /// The task queue that its workers poll.
    pub task_queue: String,
    /// The workflow's arguments, in order.
    pub args: Vec<Json>,
    /// A signal that is sent with the start: its name and arguments.
    pub signal: Option<(String, Vec<Json>)>,
    /// An update that is sent with the start. Not together with a signal.
    pub update: Option<StartUpdate>,
    /// A second start of this request id is answered with the run of the first.
    pub request_id: Option<String>,
    /// What is done where the id was used before, by a workflow that is over.
    pub reuse: IdReusePolicy,
    /// What is done where a workflow of that id is running.
    pub conflict: IdConflictPolicy,
    /// What Temporal or people are told of it besides.
    pub options: StartOptions,
}

/// What Temporal or people are told of a workflow besides what it needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartOptions {
    /// The memo.
    pub memo: BTreeMap<String, Json>,
    /// The search attributes.
    pub search_attributes: BTreeMap<String, Json>,
    /// How long the whole chain may take.
    pub execution_timeout: Option<Duration>,
    /// How long one run may take.
    pub run_timeout: Option<Duration>,
    /// How long one workflow task may take.
    pub task_timeout: Option<Duration>,
    /// How long the first workflow task is held back.
    pub start_delay: Option<Duration>,
    /// A cron schedule on which it runs again.
    pub cron_schedule: Option<String>,
    /// How the whole workflow is retried.
    pub retry_policy: Option<RetryPolicy>,
    /// A label for people, one line.
    pub summary: Option<String>,
    /// A longer text for people.
    pub details: Option<String>,
}

/// An update that is sent with a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartUpdate {
    /// The update's id.
    pub update_id: String,
    /// The update's name.
    pub name: String,
    /// The arguments, in order.
    pub args: Vec<Json>,
    /// How far to wait.
    pub wait_for: UpdateStage,
    /// How long to wait.
    pub timeout: Duration,
}

impl StartWorkflow {
    /// A start that is refused where the id was ever used before.
    pub fn new(workflow_id: Arc<str>, workflow_type: String, task_queue: String) -> Self {
        Self {
            workflow_id,
            workflow_type,
            task_queue,
            args: Vec::new(),
            signal: None,
            update: None,
            request_id: None,
            reuse: IdReusePolicy::RejectDuplicate,
            conflict: IdConflictPolicy::Fail,
            options: StartOptions::default(),
        }
    }
}

/// A workflow that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartOutcome {
    /// Its run: the first one of a chain, unless it was there already.
    pub run_id: Arc<str>,
    /// Whether it was there already.
    pub existing: bool,
    /// What the update came to that was sent with the start.
    pub update: Option<UpdateOutcome>,
}

impl StartOutcome {
    /// A workflow that was not there before.
    pub fn new(run_id: Arc<str>) -> Self {
        Self {
            run_id,
            existing: false,
            update: None,
        }
    }
}

/// A signal to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run; the current one where `None`.
    pub run_id: Option<Arc<str>>,
    /// The signal's name.
    pub name: String,
    /// The arguments, in order.
    pub args: Vec<Json>,
    /// Temporal drops a second signal of this request id to the same run.
    pub request_id: Option<String>,
}

/// An update to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run; the current one where `None`.
    pub run_id: Option<Arc<str>>,
    /// What to send, how far and how long to wait.
    pub update: StartUpdate,
}

/// What an update came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateOutcome {
    /// The update's id.
    pub update_id: String,
    /// The run that took it on.
    pub run_id: Arc<str>,
    /// What came out; `None` where it was taken on and is not over yet.
    pub outcome: Option<Result<Json, Failure>>,
}

/// A workflow to cancel or to terminate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run; the current one where `None`.
    pub run_id: Option<Arc<str>>,
    /// Why, for people. May be empty.
    pub reason: String,
    /// Temporal drops a second request to cancel of this id. Terminating needs none.
    pub request_id: Option<String>,
}

/// A question to a workflow's worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run; the current one where `None`.
    pub run_id: Option<Arc<str>>,
    /// The query's name.
    pub name: String,
    /// The arguments, in order.
    pub args: Vec<Json>,
    /// How long to wait for an answer.
    pub timeout: Duration,
}

/// A part of a workflow's own stream to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadWorkflowStream {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run that is asked.
    pub run_id: Arc<str>,
    /// The first item to read. Where the workflow no longer holds it, its oldest one is the first.
    pub from_offset: u64,
    /// How long to wait for an answer.
    pub timeout: Duration,
}

/// A part of a workflow's own stream, as much as one answer holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamPage {
    /// The items, each with its offset, in order.
    pub items: Vec<StreamItem>,
    /// The offset that comes after them; the stream's end, where there are no more.
    pub next_offset: u64,
    /// Whether the stream holds more.
    pub more_ready: bool,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// It is open.
    Running,
    /// It is over, however it ended.
    Closed,
}

/// What Temporal says of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowDescription {
    /// The run.
    pub run_id: Arc<str>,
    /// The first run of its chain.
    pub first_run_id: Arc<str>,
    /// How it stands.
    pub status: RunStatus,
    /// The workflow type.
    pub workflow_type: String,
    /// When the run began. That of a reset is when it was made.
    pub start_time: Timestamp,
    /// When it ended, where it has.
    pub close_time: Option<Timestamp>,
    /// The latest run that a reset made of it. Old servers do not say.
    pub reset_run_id: Option<Arc<str>>,
}

/// Runs of one workflow id, by their starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartedRuns {
    /// The runs, oldest start first.
    pub run_ids: Vec<Arc<str>>,
    /// Whether there are more.
    pub more: bool,
}

/// A workflow that visibility knows of. PayloadAccess lags behind by a second or so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run.
    pub run_id: Arc<str>,
    /// The workflow type.
    pub workflow_type: String,
    /// How it stands.
    pub status: WorkflowStatus,
    /// When the run began.
    pub start_time: Timestamp,
    /// When it ended, where it has.
    pub close_time: Option<Timestamp>,
}

/// What to ask of visibility.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListWorkflows {
    /// The query, in visibility's own language. All workflows where empty.
    pub query: String,
    /// How many workflows a page has at most; as many as Temporal gives where `None`.
    pub page_size: Option<u32>,
    /// What the page before gave; empty for the first one.
    pub page_token: Vec<u8>,
}

/// One page of what visibility knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkflowPage {
    /// The workflows, newest start first.
    pub workflows: Vec<ListedWorkflow>,
    /// The token of the next page; empty on the last one.
    pub next_page_token: Vec<u8>,
}

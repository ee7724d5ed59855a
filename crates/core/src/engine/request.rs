//! The requests of an engine, and its responses.

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
    /// A second start with this request id returns the run of the first.
    pub request_id: Option<String>,
    /// The policy if a closed workflow has used the id.
    pub reuse: IdReusePolicy,
    /// The policy if a workflow of this id is running.
    pub conflict: IdConflictPolicy,
    /// Optional settings.
    pub options: StartOptions,
}

/// Optional settings of a workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartOptions {
    /// The memo.
    pub memo: BTreeMap<String, Json>,
    /// The search attributes.
    pub search_attributes: BTreeMap<String, Json>,
    /// The time limit of the whole chain.
    pub execution_timeout: Option<Duration>,
    /// The time limit of one run.
    pub run_timeout: Option<Duration>,
    /// The time limit of one workflow task.
    pub task_timeout: Option<Duration>,
    /// The delay of the first workflow task.
    pub start_delay: Option<Duration>,
    /// A cron schedule on which it repeats.
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
    /// The stage to wait for.
    pub wait_for: UpdateStage,
    /// How long to wait.
    pub timeout: Duration,
}

impl StartWorkflow {
    /// Returns a start that Temporal rejects if the id was ever used.
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
    /// Its run: the first of its chain, unless the workflow existed.
    pub run_id: Arc<str>,
    /// Whether the workflow existed.
    pub existing: bool,
    /// The outcome of the update that was sent with the start.
    pub update: Option<UpdateOutcome>,
}

impl StartOutcome {
    /// Returns the outcome for a workflow that did not exist.
    pub fn new(run_id: Arc<str>) -> Self {
        Self {
            run_id,
            existing: false,
            update: None,
        }
    }

    /// Returns the outcome for a workflow that existed.
    pub fn existing(run_id: Arc<str>) -> Self {
        Self {
            existing: true,
            ..Self::new(run_id)
        }
    }
}

/// A signal to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run; the current one if `None`.
    pub run_id: Option<Arc<str>>,
    /// The signal's name.
    pub name: String,
    /// The arguments, in order.
    pub args: Vec<Json>,
    /// Temporal ignores a second signal with this request id to the same run.
    pub request_id: Option<String>,
}

/// An update to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run; the current one if `None`.
    pub run_id: Option<Arc<str>>,
    /// The update itself.
    pub update: StartUpdate,
}

/// The outcome of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateOutcome {
    /// The update's id.
    pub update_id: String,
    /// The run that accepted it.
    pub run_id: Arc<str>,
    /// Its result; `None` if it is accepted and not completed yet.
    pub outcome: Option<Result<Json, Failure>>,
}

/// A workflow to cancel or to terminate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run; the current one if `None`.
    pub run_id: Option<Arc<str>>,
    /// The reason, for people. May be empty.
    pub reason: String,
    /// Temporal ignores a second cancellation with this request id. Termination needs none.
    pub request_id: Option<String>,
}

/// A query to a workflow's worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run; the current one if `None`.
    pub run_id: Option<Arc<str>>,
    /// The query's name.
    pub name: String,
    /// The arguments, in order.
    pub args: Vec<Json>,
    /// How long to wait for a response.
    pub timeout: Duration,
}

/// A part of a workflow's own stream to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadWorkflowStream {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run to query.
    pub run_id: Arc<str>,
    /// The first item to read. If the workflow has dropped it, its oldest item comes first.
    pub from_offset: u64,
    /// How long to wait for a response.
    pub timeout: Duration,
}

/// A part of a workflow's own stream: one response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamPage {
    /// The items, each with its offset, in order.
    pub items: Vec<StreamItem>,
    /// The offset after them: the end of the stream, if there are no more.
    pub next_offset: u64,
    /// Whether the stream has more.
    pub more_ready: bool,
}

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// It is open.
    Running,
    /// It is closed, however it ended.
    Closed,
}

/// The description of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowDescription {
    /// The run.
    pub run_id: Arc<str>,
    /// The first run of its chain.
    pub first_run_id: Arc<str>,
    /// Its status.
    pub status: RunStatus,
    /// The workflow type.
    pub workflow_type: String,
    /// When the run started; for a reset, when the reset was made.
    pub start_time: Timestamp,
    /// When it closed, if it has.
    pub close_time: Option<Timestamp>,
    /// The latest run that a reset of it started. Old servers leave it out.
    pub reset_run_id: Option<Arc<str>>,
}

/// Runs of one workflow id, by their start times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartedRuns {
    /// The runs, oldest start first.
    pub run_ids: Vec<Arc<str>>,
    /// Whether there are more.
    pub more: bool,
}

/// A workflow in visibility, which lags by about a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run.
    pub run_id: Arc<str>,
    /// The workflow type.
    pub workflow_type: String,
    /// Its status.
    pub status: WorkflowStatus,
    /// When the run started.
    pub start_time: Timestamp,
    /// When it closed, if it has.
    pub close_time: Option<Timestamp>,
}

/// A visibility query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListWorkflows {
    /// The query, in the language of visibility. All workflows if empty.
    pub query: String,
    /// Maximum number of workflows on a page; Temporal's default if `None`.
    pub page_size: Option<u32>,
    /// The token from the page before; empty for the first one.
    pub page_token: Vec<u8>,
}

/// One page of a visibility query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkflowPage {
    /// The workflows, newest start first.
    pub workflows: Vec<ListedWorkflow>,
    /// The token of the next page; empty on the last one.
    pub next_page_token: Vec<u8>,
}

//! What is asked of an engine, and what it answers.

use std::{sync::Arc, time::Duration};

use fast_temporal_protocol::Json;
use jiff::Timestamp;

/// A workflow to start.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// A workflow that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its first run.
    pub run_id: Arc<str>,
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
}

/// A workflow that visibility knows of. Visibility lags behind by a second or so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleWorkflow {
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run.
    pub run_id: Arc<str>,
    /// The workflow type.
    pub workflow_type: String,
    /// When the run began.
    pub start_time: Timestamp,
}

/// One page of what visibility knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkflowPage {
    /// The workflows, newest start first.
    pub workflows: Vec<VisibleWorkflow>,
    /// The token of the next page; empty on the last one.
    pub next_page_token: Vec<u8>,
}

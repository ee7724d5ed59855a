//! How a workflow stands.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WorkflowStatus;
use crate::{Failure, Json};

/// How a workflow stands, as Temporal's mutable state has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowDetails {
    /// The workflow id.
    pub workflow_id: String,
    /// The run that is described.
    pub run_id: String,
    /// The first run of its chain.
    pub first_run_id: String,
    /// The workflow type.
    pub workflow_type: String,
    /// The task queue that its workers poll.
    pub task_queue: String,
    /// How it stands.
    pub status: WorkflowStatus,
    /// When the run was started.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub start_time: Timestamp,
    /// When it ended, where it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub close_time: Option<Timestamp>,
    /// How many events its history has.
    pub history_events: u64,
    /// How many bytes its history has.
    pub history_bytes: u64,
    /// The memo: what the starter gave, and what the workflow says of itself.
    pub memo: BTreeMap<String, Json>,
    /// The search attributes.
    pub search_attributes: BTreeMap<String, Json>,
    /// The workflow that started it as its child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_workflow_id: Option<String>,
    /// The activities that are scheduled and not over.
    pub pending_activities: Vec<PendingActivity>,
    /// The workflow task that waits for a worker or is with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_workflow_task: Option<PendingWorkflowTask>,
    /// How many children are running.
    pub pending_children: u64,
}

/// An activity that is scheduled and not over. Attempts are not in history: this is the only place
/// where they can be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingActivity {
    /// The activity's id.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// What it is doing.
    pub state: PendingActivityState,
    /// The attempt that runs or comes next, from 1.
    pub attempt: u32,
    /// How many attempts there are at most; absent where there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_attempts: Option<u32>,
    /// When it last gave a sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_heartbeat_time: Option<Timestamp>,
    /// What it said of its progress with that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heartbeat_details: Vec<Json>,
    /// What went wrong the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Failure>,
    /// When the attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_started_time: Option<Timestamp>,
    /// When the next attempt begins, where it waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub next_attempt_time: Option<Timestamp>,
}

/// What a pending activity is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PendingActivityState {
    /// It waits for a worker, or for its next attempt.
    Scheduled,
    /// A worker runs it.
    Started,
    /// A worker runs it and was asked to stop.
    CancelRequested,
    /// It was paused.
    Paused,
}

/// A workflow task that waits for a worker or is with one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingWorkflowTask {
    /// Whether a worker has it.
    pub started: bool,
    /// The attempt, from 1: from 2 on, workers fail at it.
    pub attempt: u32,
}

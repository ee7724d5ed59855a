//! The description of a workflow.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list::WorkflowStatus;
use crate::{Failure, Json};

/// A workflow's current state, from Temporal's mutable state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowDetails {
    /// The workflow id.
    pub workflow_id: String,
    /// The described run.
    pub run_id: String,
    /// The first run of its chain.
    pub first_run_id: String,
    /// The workflow type.
    pub workflow_type: String,
    /// The task queue that its workers poll.
    pub task_queue: String,
    /// The status.
    pub status: WorkflowStatus,
    /// When the run started.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub start_time: Timestamp,
    /// When the run closed, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub close_time: Option<Timestamp>,
    /// The number of events in the history.
    pub history_events: u64,
    /// The size of the history in bytes.
    pub history_bytes: u64,
    /// The memo: entries of the starter, and those that the workflow has set.
    pub memo: BTreeMap<String, Json>,
    /// The search attributes.
    pub search_attributes: BTreeMap<String, Json>,
    /// The parent's workflow id, if this is a child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_workflow_id: Option<String>,
    /// The activities that are scheduled and not finished.
    pub pending_activities: Vec<PendingActivity>,
    /// The workflow task that waits for a worker or has been started by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_workflow_task: Option<PendingWorkflowTask>,
    /// The number of running children.
    pub pending_children: u64,
}

/// An activity that is scheduled and not finished. Only here and in `progress` are attempts visible,
/// as history does not contain them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingActivity {
    /// The activity's id.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// The activity's state.
    pub state: PendingActivityState,
    /// The current or next attempt, from 1.
    pub attempt: u32,
    /// The maximum number of attempts; absent if there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_attempts: Option<u32>,
    /// The time of the last heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_heartbeat_time: Option<Timestamp>,
    /// The details of the last heartbeat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heartbeat_details: Vec<Json>,
    /// The failure of the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Failure>,
    /// When the attempt started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_started_time: Option<Timestamp>,
    /// When the next attempt starts, if the activity waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub next_attempt_time: Option<Timestamp>,
}

/// The state of a pending activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PendingActivityState {
    /// The activity waits for a worker or for its next attempt.
    Scheduled,
    /// A worker runs the activity.
    Started,
    /// A worker runs the activity, and its cancellation was requested.
    CancelRequested,
    /// The activity is paused.
    Paused,
}

/// A workflow task that waits for a worker or has been started by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingWorkflowTask {
    /// Whether a worker has started it.
    pub started: bool,
    /// The attempt, from 1. An attempt above 1 means that workers fail to process the task.
    pub attempt: u32,
}

//! Events of the workflow as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

/// A run started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowStarted {
    /// The workflow type.
    pub workflow_type: String,
    /// The task queue of its workers.
    pub task_queue: String,
    /// The arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
    /// The attempt of the workflow's retry policy, from 1.
    pub attempt: i32,
    /// The first run of the chain.
    pub first_run_id: String,
    /// The run before this one in the chain, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_from_run_id: Option<String>,
    /// The cron schedule, if the workflow has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron_schedule: Option<String>,
    /// The parent workflow, if this is a child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentWorkflow>,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// The parent of a child workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParentWorkflow {
    /// The parent's workflow id.
    pub workflow_id: String,
    /// The parent's run id.
    pub run_id: String,
}

/// A run returned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowCompleted {
    /// The returned value, `null` if nothing was returned.
    pub result: Json,
    /// The next run, if one follows by retry or cron schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_run_id: Option<String>,
}

/// A run failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowFailed {
    /// The failure.
    pub failure: Failure,
    /// The next run, if one follows by retry or cron schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_run_id: Option<String>,
}

/// A run was canceled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowCanceled {
    /// Details that the workflow attached.
    #[serde(default)]
    pub details: Vec<Json>,
}

/// A run was terminated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowTerminated {
    /// The caller's reason.
    pub reason: String,
    /// Details that the caller attached.
    #[serde(default)]
    pub details: Vec<Json>,
}

/// A run exceeded its time limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowTimedOut {
    /// The next run, if one follows by retry or cron schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_run_id: Option<String>,
}

/// A run continued as a new run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowContinuedAsNew {
    /// The next run.
    pub new_run_id: String,
    /// The next run's workflow type.
    pub workflow_type: String,
    /// The next run's task queue.
    pub task_queue: String,
    /// The next run's arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
}

/// The workflow was reset: the base run's events after the fork no longer count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowReset {
    /// The run whose history is kept up to the fork.
    pub base_run_id: String,
    /// The base run's first event that is not kept.
    pub fork_event_id: i64,
    /// The caller's reason.
    pub reason: String,
}

/// Workers fail to process the workflow's tasks. Sent at the first failure, and again only for a
/// failure after a completed workflow task or a reset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowTaskFailed {
    /// The cause: Temporal's name, such as `NON_DETERMINISTIC_ERROR`.
    pub cause: String,
    /// The worker's failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

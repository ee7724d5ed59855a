//! What happens to a workflow as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

/// A run began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowStarted {
    /// The workflow type.
    pub workflow_type: String,
    /// The task queue that its workers poll.
    pub task_queue: String,
    /// The arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
    /// Which attempt of the workflow's retry policy this run is, from 1.
    pub attempt: i32,
    /// The first run of the chain.
    pub first_run_id: String,
    /// The run that this one follows in the chain, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_from_run_id: Option<String>,
    /// The schedule, for a cron workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron_schedule: Option<String>,
    /// The workflow that started this one as its child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentWorkflow>,
    /// The label that the workflow gave it (`summary` of its user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// The workflow that started another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParentWorkflow {
    /// Its workflow id.
    pub workflow_id: String,
    /// Its run id.
    pub run_id: String,
}

/// A run returned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowCompleted {
    /// What it returned; `null` for nothing.
    pub result: Json,
    /// The run that follows it by retry or schedule, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_run_id: Option<String>,
}

/// A run failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowFailed {
    /// Why.
    pub failure: Failure,
    /// The run that follows it by retry or schedule, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_run_id: Option<String>,
}

/// A run ended as cancelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowCanceled {
    /// What the workflow said of it.
    #[serde(default)]
    pub details: Vec<Json>,
}

/// A run was terminated from outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowTerminated {
    /// Why, as the caller put it.
    pub reason: String,
    /// What the caller attached.
    #[serde(default)]
    pub details: Vec<Json>,
}

/// A run exceeded its time limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowTimedOut {
    /// The run that follows it by retry or schedule, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_run_id: Option<String>,
}

/// A run handed over to a new one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowContinuedAsNew {
    /// The run that follows.
    pub new_run_id: String,
    /// The new run's workflow type.
    pub workflow_type: String,
    /// The new run's task queue.
    pub task_queue: String,
    /// The new run's arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
}

/// The workflow was set back: what the base run did after the fork no longer counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowReset {
    /// The run whose history was kept up to the fork.
    pub base_run_id: String,
    /// The event of the base run before which the fork lies.
    pub fork_event_id: i64,
    /// Why, as the caller put it.
    pub reason: String,
}

/// Workers fail to make progress on the workflow; said once per stuck spell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowTaskFailed {
    /// Temporal's word for what happened, such as `NON_DETERMINISTIC_ERROR`.
    pub cause: String,
    /// What the worker said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

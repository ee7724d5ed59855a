//! Requests that start a workflow.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::steer::{UpdateResult, UpdateStage};
use crate::{Args, Json, parse::NAME};

/// A workflow to start: by its name in the catalog or, with the permission `any_workflow_type`, by
/// its type and task queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("anyOf" = [
    {"required": ["workflow"]},
    {"required": ["workflow_type", "task_queue"]},
]))]
pub struct StartRequest {
    /// The name in the catalog, which gives the type and the task queue. Excludes both of those.
    #[schemars(length(min = 1))]
    pub workflow: Option<String>,
    /// The workflow type. Needs `task_queue`.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub workflow_type: Option<String>,
    /// The task queue of its workers.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub task_queue: Option<String>,
    /// The arguments, in order. If the catalog names a start signal and the request has no `signal`,
    /// that signal receives them.
    pub args: Args,
    /// The workflow id, without the owner's prefix. By default the gateway chooses one.
    #[schemars(length(min = 1, max = 500), regex(pattern = NAME))]
    pub workflow_id: Option<String>,
    /// Makes the start idempotent: a second start of the same principal with the same request id
    /// returns the run that the first one started, on any node, for the namespace's retention. Over
    /// REST also the header `Idempotency-Key`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub request_id: Option<String>,
    /// The user that owns the workflow, by default the principal's own subject. Another user needs
    /// the permission `any_user`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub owner: Option<String>,
    /// A signal to send with the start, before the workflow's first task.
    pub signal: Option<StartSignal>,
    /// An update to send with the start. Excludes `signal`.
    pub update: Option<StartUpdate>,
    /// What happens if a closed workflow has the same id.
    pub id_reuse_policy: Option<IdReusePolicy>,
    /// What happens if a running workflow has the same id.
    pub id_conflict_policy: Option<IdConflictPolicy>,
    /// The memo, as `describe` shows it. The workflow can add to it.
    pub memo: BTreeMap<String, Json>,
    /// Search attributes: strings, numbers, booleans, RFC 3339 times, or lists of strings. They must be
    /// registered in the namespace.
    #[schemars(extend("additionalProperties" = {
        "type": ["string", "number", "boolean", "array"],
        "items": {"type": "string"},
    }))]
    pub search_attributes: BTreeMap<String, Json>,
    /// The time limit of the whole chain of runs, in seconds. 0 is no limit, here and below.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub execution_timeout_seconds: Option<f64>,
    /// The time limit of one run, in seconds.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub run_timeout_seconds: Option<f64>,
    /// The time limit of one workflow task, in seconds.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub task_timeout_seconds: Option<f64>,
    /// The delay of the first workflow task, in seconds. Excludes `signal` and `update`.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub start_delay_seconds: Option<f64>,
    /// A cron schedule on which the workflow runs again.
    pub cron_schedule: Option<String>,
    /// How the whole workflow is retried if it fails. By default it is not retried.
    pub retry_policy: Option<RetryPolicy>,
    /// A one-line label for people.
    pub summary: Option<String>,
    /// A longer text for people.
    pub details: Option<String>,
}

/// A signal to send with a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StartSignal {
    /// The signal's name.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub name: String,
    /// The arguments, in order.
    #[serde(default)]
    pub args: Args,
}

/// An update to send with a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StartUpdate {
    /// The update's name.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub name: String,
    /// The arguments, in order.
    #[serde(default)]
    pub args: Args,
    /// The client's id for the update, which makes it idempotent within the run.
    #[serde(default)]
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub update_id: Option<String>,
    /// The stage to wait for.
    #[serde(default)]
    pub wait_for: UpdateStage,
}

/// What happens if a closed workflow has the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdReusePolicy {
    /// A new workflow starts.
    AllowDuplicate,
    /// A new workflow starts, unless the last one completed.
    AllowDuplicateFailedOnly,
    /// The start is rejected.
    RejectDuplicate,
}

/// What happens if a running workflow has the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdConflictPolicy {
    /// The start is rejected.
    Fail,
    /// The running workflow is returned, and receives the signal or update.
    UseExisting,
    /// The running workflow is terminated, and a new one starts.
    TerminateExisting,
}

/// How a failed workflow is retried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RetryPolicy {
    /// The delay before the second attempt, in seconds.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub initial_interval_seconds: Option<f64>,
    /// The factor between one delay and the next.
    #[schemars(range(min = 1))]
    pub backoff_coefficient: Option<f64>,
    /// The maximum delay, in seconds.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub maximum_interval_seconds: Option<f64>,
    /// The maximum number of attempts; 0 is no limit.
    #[schemars(range(max = 2_147_483_647))]
    pub maximum_attempts: Option<u32>,
    /// The error types that are not retried.
    pub non_retryable_error_types: Vec<String>,
}

/// A workflow that was started or already exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StartResult {
    /// The full workflow id, with its owner's prefix.
    pub workflow_id: String,
    /// The run.
    pub run_id: String,
    /// Whether the workflow already existed: by an earlier start with the same request id, or by
    /// `use_existing`.
    pub existing: bool,
    /// The result of the update that was sent with the start, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<UpdateResult>,
}

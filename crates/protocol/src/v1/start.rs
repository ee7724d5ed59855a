//! Starting a workflow.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NAME, UpdateResult, UpdateStage};
use crate::{Args, Json};

/// A workflow to start: by its name in the catalog, or, where that is allowed, by its type and task
/// queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("anyOf" = [
    {"required": ["workflow"]},
    {"required": ["workflow_type", "task_queue"]},
]))]
pub struct StartRequest {
    /// The name in the catalog, which says type and task queue. Not together with those.
    #[schemars(length(min = 1))]
    pub workflow: Option<String>,
    /// The workflow type. Needs `task_queue`.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub workflow_type: Option<String>,
    /// The task queue that its workers poll.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub task_queue: Option<String>,
    /// The arguments, in order. Where the catalog names a start signal and the request brings no
    /// `signal`, they go to that signal.
    pub args: Args,
    /// An id of the client's own: the part after the owner's prefix. Chosen by the gateway where
    /// absent.
    #[schemars(length(min = 1, max = 500), regex(pattern = NAME))]
    pub workflow_id: Option<String>,
    /// Makes the start idempotent: the same principal's second start with the same request id
    /// answers with the run that the first one started, on any node, for the namespace's
    /// retention. Over REST also the header `Idempotency-Key`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub request_id: Option<String>,
    /// Whom the workflow belongs to, for principals that may act for any user. Otherwise the
    /// principal's own subject.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub owner: Option<String>,
    /// A signal that is sent with the start, before the workflow's first task.
    pub signal: Option<StartSignal>,
    /// An update that is sent with the start. Not together with `signal`.
    pub update: Option<StartUpdate>,
    /// What is done where the id was used before, by a workflow that is over.
    pub id_reuse_policy: Option<IdReusePolicy>,
    /// What is done where a workflow of that id is running.
    pub id_conflict_policy: Option<IdConflictPolicy>,
    /// The memo: shown by `describe`, and merged into what the workflow says of itself.
    pub memo: BTreeMap<String, Json>,
    /// Search attributes: text, numbers, booleans, RFC 3339 times, or lists of texts. They must be
    /// known to the namespace.
    #[schemars(extend("additionalProperties" = {
        "type": ["string", "number", "boolean", "array"],
        "items": {"type": "string"},
    }))]
    pub search_attributes: BTreeMap<String, Json>,
    /// How long the whole chain may take, in seconds. 0 is no limit, here and below.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub execution_timeout_seconds: Option<f64>,
    /// How long one run may take, in seconds.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub run_timeout_seconds: Option<f64>,
    /// How long one workflow task may take, in seconds.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub task_timeout_seconds: Option<f64>,
    /// How long the first workflow task is held back, in seconds. Not together with `signal` or
    /// `update`.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub start_delay_seconds: Option<f64>,
    /// A cron schedule on which it runs again.
    pub cron_schedule: Option<String>,
    /// How the whole workflow is retried where it fails. Not at all where absent.
    pub retry_policy: Option<RetryPolicy>,
    /// A label for people, one line.
    pub summary: Option<String>,
    /// A longer text for people.
    pub details: Option<String>,
}

/// A signal that is sent with a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StartSignal {
    /// The signal's name.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub name: String,
    /// The arguments, in order.
    #[serde(default)]
    pub args: Args,
}

/// An update that is sent with a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StartUpdate {
    /// The update's name.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub name: String,
    /// The arguments, in order.
    #[serde(default)]
    pub args: Args,
    /// An id of the client's own, which makes the update idempotent within the run.
    #[serde(default)]
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub update_id: Option<String>,
    /// How far to wait.
    #[serde(default)]
    pub wait_for: UpdateStage,
}

/// What is done where an id was used before, by a workflow that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdReusePolicy {
    /// Another workflow is started.
    AllowDuplicate,
    /// Another is started only if the last one did not return.
    AllowDuplicateFailedOnly,
    /// The start is refused.
    RejectDuplicate,
}

/// What is done where a workflow of an id is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdConflictPolicy {
    /// The start is refused.
    Fail,
    /// The one that runs is answered with; a signal or update goes to it.
    UseExisting,
    /// The one that runs is terminated, and another is started.
    TerminateExisting,
}

/// How something that fails is tried again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RetryPolicy {
    /// The wait before the second attempt, in seconds.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub initial_interval_seconds: Option<f64>,
    /// By what each wait is longer than the one before.
    #[schemars(range(min = 1))]
    pub backoff_coefficient: Option<f64>,
    /// The longest wait, in seconds.
    #[schemars(range(min = 0, max = 3_153_600_000_u64))]
    pub maximum_interval_seconds: Option<f64>,
    /// How many attempts there are at most; 0 for no limit.
    #[schemars(range(max = 2_147_483_647))]
    pub maximum_attempts: Option<u32>,
    /// The types of errors that are not tried again.
    pub non_retryable_error_types: Vec<String>,
}

/// A workflow that was started, or is there already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StartResult {
    /// The whole workflow id, with its owner's prefix.
    pub workflow_id: String,
    /// The run.
    pub run_id: String,
    /// Whether it was there already: an earlier start with the same request id, or
    /// `use_existing`.
    pub existing: bool,
    /// What the update came to, where one was sent with the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<UpdateResult>,
}

//! Signals, queries and updates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NAME;
use crate::{Args, Json};

/// A signal. It is answered when Temporal has it, not when the workflow has handled it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SignalRequest {
    /// The arguments, in order.
    pub args: Args,
    /// Makes the signal idempotent while the workflow runs. Over REST also the header
    /// `Idempotency-Key`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub request_id: Option<String>,
}

/// A query. A worker must be there to answer it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QueryRequest {
    /// The arguments, in order.
    pub args: Args,
}

/// What a query was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueryResult {
    /// The answer.
    pub result: Json,
}

/// An update.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateRequest {
    /// The arguments, in order.
    pub args: Args,
    /// An id of the client's own, which makes the update idempotent within the run: sent again, it
    /// answers with what the first one came to. Over REST also the header `Idempotency-Key`.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub update_id: Option<String>,
    /// How far to wait.
    pub wait_for: UpdateStage,
}

/// How far an update has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateStage {
    /// The workflow has taken it on.
    Accepted,
    /// It was carried out.
    #[default]
    Completed,
}

/// What an update came to. One that the workflow refused or failed is an error `update_failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateResult {
    /// The update's id.
    pub update_id: String,
    /// The run that took it on.
    pub run_id: String,
    /// How far it has come.
    pub stage: UpdateStage,
    /// What it returned, once it is completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
}

//! What clients say to a workflow: signals and updates.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Failure, Json};

/// A signal arrived.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SignalReceived {
    /// The signal's name.
    pub name: String,
    /// The arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
}

/// The workflow took an update on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateAccepted {
    /// The update's id.
    pub update_id: String,
    /// The update's name.
    pub name: String,
    /// The arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
}

/// An update was carried out, or failed while it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateCompleted {
    /// The update's id.
    pub update_id: String,
    /// The update's name.
    pub name: String,
    /// What it returned, `null` for nothing; absent where it failed.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub result: Option<Json>,
    /// Why it failed; absent where it returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// The workflow refused an update.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateRejected {
    /// The update's id.
    pub update_id: String,
    /// The update's name.
    pub name: String,
    /// Why.
    pub failure: Failure,
}

/// Reads a field that is there: its `null` is a value, too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

//! Events of signals and updates.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Failure, Json};

/// The workflow received a signal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SignalReceived {
    /// The signal's name.
    pub name: String,
    /// The arguments, in order.
    #[serde(default)]
    pub input: Vec<Json>,
}

/// The workflow accepted an update.
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

/// An update returned or failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateCompleted {
    /// The update's id.
    pub update_id: String,
    /// The update's name.
    pub name: String,
    /// The returned value, `null` if nothing was returned; absent if the update failed.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub result: Option<Json>,
    /// The failure; absent if the update returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// The workflow rejected an update.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateRejected {
    /// The update's id.
    pub update_id: String,
    /// The update's name.
    pub name: String,
    /// The failure.
    pub failure: Failure,
}

/// Reads a field that is present. Its `null` is a value, too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

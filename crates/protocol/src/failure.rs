//! What went wrong, as Temporal records it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Json;

/// A failure and what caused it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What went wrong, for people.
    pub message: String,
    /// Which kind of failure: `application`, `timeout`, `canceled`, `terminated`, `server`,
    /// `activity`, `child_workflow`, `nexus`, or `unknown`.
    pub kind: String,
    /// The error's type as the worker named it, where it did.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// Whether trying again was ruled out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub non_retryable: bool,
    /// What the worker attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Json>,
    /// What brought it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Failure>>,
}

impl Failure {
    /// The message of the failure at the root: an activity's failure says only that an activity
    /// failed, its cause says why.
    pub fn root_message(&self) -> &str {
        let mut failure = self;
        while let Some(cause) = &failure.cause {
            failure = cause;
        }
        if failure.message.is_empty() {
            &self.message
        } else {
            &failure.message
        }
    }
}

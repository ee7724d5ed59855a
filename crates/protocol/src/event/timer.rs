//! Events of timers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The workflow started a timer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimerStarted {
    /// The timer's id within the run.
    pub timer_id: String,
    /// The timer's duration in seconds.
    pub fire_after_seconds: f64,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A timer fired.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimerFired {
    /// The timer's id within the run.
    pub timer_id: String,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// The workflow canceled a timer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimerCanceled {
    /// The timer's id within the run.
    pub timer_id: String,
    /// The label that the workflow's code gave it (`summary` in the user metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

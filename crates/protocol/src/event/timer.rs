//! Events of timers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

event_structs! {
    {
        /// The timer's id within the run.
        timer_id: String,
    }

    /// The workflow started a timer.
    TimerStarted {
        /// The timer's duration in seconds.
        fire_after_seconds: f64,
    }

    /// A timer fired.
    TimerFired {}

    /// The workflow canceled a timer.
    TimerCanceled {}
}

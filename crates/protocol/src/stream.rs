//! Metadata of a stream item's payload that says which activity published it. Other
//! implementations of Temporal's Workflow Streams ignore these entries.
//!
//! The values are UTF-8 text. An item has all three entries, or its origin is unknown.

/// The run that scheduled the activity which published the item.
pub const RUN_ID: &str = "fast-temporal.run-id";
/// The activity's id.
pub const ACTIVITY_ID: &str = "fast-temporal.activity-id";
/// The activity's attempt, from 1, in decimal digits.
pub const ATTEMPT: &str = "fast-temporal.attempt";

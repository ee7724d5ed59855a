//! How an item of a workflow's stream says where it comes from, beside what Temporal's Workflow
//! Streams say: entries of its payload's metadata, which other implementations leave alone.
//!
//! The values are text in UTF-8. An item has all three, or is of no known origin.

/// The run that scheduled the activity which published the item.
pub const RUN_ID: &str = "fast-temporal.run-id";
/// The activity.
pub const ACTIVITY_ID: &str = "fast-temporal.activity-id";
/// The attempt at the activity, from 1, in decimal digits.
pub const ATTEMPT: &str = "fast-temporal.attempt";

//! Events that the workflow publishes itself: changes of its memo, and items of its stream.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Json;

/// The workflow changed its memo. `text` and `fraction` (0 to 1) are for display; all other keys are
/// the workflow's own. The value of a removed key is `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Status {
    /// The changed keys with their new values.
    pub changed: BTreeMap<String, Json>,
}

/// An item was published to the workflow's stream. By default, subscriptions receive only items
/// published by signal; with `stream_source=workflow`, they receive all items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamItem {
    /// The topic.
    pub topic: String,
    /// The item.
    pub data: Json,
    /// The publisher; absent if it does not number its batches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher_id: Option<String>,
    /// The publisher's number of the batch that contains the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// The activity that published the item, if known. Among the items of one run, activity and
    /// topic, those of a higher `attempt` supersede those of a lower one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_id: Option<String>,
    /// The attempt of that activity, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The activity's run, if it is not the run of this event: the item arrived late, after another
    /// run had started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_run_id: Option<String>,
    /// The item's offset in the workflow's own stream, from 0, with `stream_source=workflow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

/// Metadata of an item's payload that names the activity attempt which published it. Other
/// implementations of Temporal's Workflow Streams ignore these entries. The values are UTF-8 text. An
/// item has all three entries, or its origin is unknown.
impl StreamItem {
    /// The run that scheduled the activity.
    pub const RUN_ID_KEY: &str = "fast-temporal.run-id";
    /// The activity's id.
    pub const ACTIVITY_ID_KEY: &str = "fast-temporal.activity-id";
    /// The activity's attempt, from 1, in decimal digits.
    pub const ATTEMPT_KEY: &str = "fast-temporal.attempt";
}

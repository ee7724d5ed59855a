//! What a workflow says of itself: its memo, and the items of its stream.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Json;

/// What changed in the workflow's memo. `text` and `fraction` (0 to 1) are for display; any other
/// key is the workflow's own. `null` means that the key was removed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Status {
    /// The keys that changed, with their new values.
    pub changed: BTreeMap<String, Json>,
}

/// An item of the workflow's stream: one that was published by signal, as history has it, or any, as
/// the workflow itself holds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamItem {
    /// The topic.
    pub topic: String,
    /// The item.
    pub data: Json,
    /// Who published it; absent for a publisher that does not number its batches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher_id: Option<String>,
    /// The publisher's number of the batch that the item came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// The activity that published it; absent where none did, or one that does not say so. Among
    /// the items of one run, one activity and one topic, those of a higher `attempt` supersede
    /// those of a lower one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_id: Option<String>,
    /// Which attempt at the activity it was, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The run that the activity is of, where it is not the one that the item came to: the item
    /// was late, and another run had begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_run_id: Option<String>,
    /// Its place in the stream, from 0, where the workflow itself was asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

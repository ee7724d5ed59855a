//! Reading a workflow's events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to read of a workflow's events. The answer is [`Empty`](super::Empty), and comes before the
/// first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SubscribeRequest {
    /// The cursor after which to read. Text, as it is checked when the rest of the request is known
    /// to be right.
    pub after: Option<String>,
    /// Where to begin without a cursor.
    pub from: StartFrom,
    /// Only events of these types, each whole (`activity.completed`) or a family (`activity.*`).
    /// All where empty. The feed's last event comes in any case. A type that there is not is an
    /// error.
    pub types: Vec<String>,
    /// Only stream items of these topics, which have at most 8,192 bytes together. All where empty.
    /// Says nothing of other events.
    pub topics: Vec<String>,
    /// Where stream items come from.
    pub stream_source: StreamSource,
    /// The first item to give of those that the workflow holds, by its offset.
    pub stream_offset: u64,
    /// Whether to tell of attempts and heartbeats of running activities, which are not in history.
    pub progress: bool,
}

/// Where the items of a workflow's stream come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamSource {
    /// Out of history: what activities and outside programs published by signal.
    #[default]
    Signals,
    /// Out of the workflow, which holds them in one order: also what it published itself.
    Workflow,
}

/// Where to begin without a cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartFrom {
    /// With the feed's first event.
    #[default]
    Start,
    /// With what happens from now on.
    Now,
}

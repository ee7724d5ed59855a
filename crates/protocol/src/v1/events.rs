//! Events as one JSON answer, for clients that ask again and again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cursor, ErrorBody, Event};

/// A workflow's events, as far as one answer holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventsPage {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The place after the last of them: the next request's `after`. `null` where there was no
    /// event yet.
    pub cursor: Option<Cursor>,
    /// Whether everything up to now is in this answer or was in earlier ones.
    pub live: bool,
    /// Whether there will be no more.
    pub end: bool,
    /// Whether something before these events is gone.
    pub gap: bool,
    /// Where the reader stands in the workflow's stream, where it asked for `stream_source=workflow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamPosition>,
}

/// A reader's place in a workflow's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamPosition {
    /// The offset of the next item: the next request's `stream_offset`.
    pub offset: u64,
    /// Why the workflow does not say right now what its stream holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
}

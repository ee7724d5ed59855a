//! Subscriptions to a workflow's events, and pages of events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cursor, ErrorBody, Event};

/// A subscription to a workflow's events. The response is [`Empty`](super::Empty) and precedes the
/// first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SubscribeRequest {
    /// The cursor to resume after. Text, because it is parsed once the rest of the request is
    /// valid.
    pub after: Option<String>,
    /// Where to start without a cursor.
    pub from: StartFrom,
    /// Only events of these types, each a type (`activity.completed`) or a family (`activity.*`).
    /// By default all. The feed's last event is always sent. An unknown type is an error.
    pub types: Vec<String>,
    /// Only stream items of these topics, which have at most 8,192 bytes together. By default all.
    /// Does not affect other events.
    pub topics: Vec<String>,
    /// The source of stream items.
    pub stream_source: StreamSource,
    /// The offset of the first item to send, with `stream_source` `workflow`.
    pub stream_offset: u64,
    /// Whether to send attempts and heartbeats of running activities, which are not in history.
    pub progress: bool,
}

/// The source of a workflow's stream items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamSource {
    /// History: items that activities and other programs published by signal.
    #[default]
    Signals,
    /// The workflow's own stream: all items in one order, also those that the workflow published.
    Workflow,
}

/// Where a subscription without a cursor starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartFrom {
    /// At the feed's first event.
    #[default]
    Start,
    /// With the next event.
    Now,
}

/// A page of a workflow's events: the response to a long-poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "EventsPage")]
pub struct EventsPage<E = Event> {
    /// The events, in order.
    pub events: Vec<E>,
    /// The position after them: the next request's `after`. `null` if there was no event yet.
    pub cursor: Option<Cursor>,
    /// Whether the replay is complete: this page or earlier ones contain every event so far.
    pub live: bool,
    /// Whether the feed has ended: no further events follow.
    pub end: bool,
    /// Whether events before these are permanently missing.
    pub gap: bool,
    /// The position in the workflow's own stream, with `stream_source=workflow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamPosition>,
}

/// A position in a workflow's own stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamPosition {
    /// The offset of the next item: the next request's `stream_offset`.
    pub offset: u64,
    /// Why the workflow's stream is unavailable at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
}

//! What goes over the wire: names, shapes, and items as text. Knows nothing of what is done with it.
//!
//! The same in all implementations; the Python SDK's `temporalio.contrib.workflow_streams` is where
//! it is read from. An item is the protobuf of its payload in base64, as JSON can't hold a payload.
//! A codec (encryption, say) is not applied to items: it runs once, on what carries them.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use prost::Message;
use serde::{Deserialize, Deserializer, Serialize};
use temporalio_common::protos::temporal::api::common::v1::{
    Payload, payload::ExternalPayloadDetails,
};

/// The signal that brings items: a [`PublishInput`].
pub const PUBLISH: &str = "__temporal_workflow_stream_publish";
/// The update that waits for items, and the query that reads what is there: a [`PollInput`],
/// answered by a [`PollAnswer`].
pub const POLL: &str = "__temporal_workflow_stream_poll";
/// The query for the offset of the next item, an integer.
pub const OFFSET: &str = "__temporal_workflow_stream_offset";

/// The failure type of a poll from before what is still held.
pub(super) const TRUNCATED_OFFSET: &str = "TruncatedOffset";
/// The failure type of a poll while the host lets its readers go.
pub(super) const STREAM_DRAINING: &str = "StreamDraining";
/// The failure type of truncating what has not come yet.
pub(super) const TRUNCATE_OUT_OF_RANGE: &str = "TruncateOutOfRange";

/// A batch of items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishInput {
    /// The items, in order.
    #[serde(default, deserialize_with = "or_default")]
    pub items: Vec<PublishEntry>,
    /// Who sends it. Empty for one who does not number batches: then nothing is recognised as
    /// having come before.
    #[serde(default, deserialize_with = "or_default")]
    pub publisher_id: String,
    /// The publisher's number of the batch. A batch whose number does not exceed the last one that
    /// was taken is dropped.
    #[serde(default, deserialize_with = "or_default")]
    pub sequence: i64,
}

/// An item on its way to the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishEntry {
    /// Its topic.
    pub topic: String,
    /// Its payload, as [`encode_payload`] writes it.
    pub data: String,
}

/// What a reader asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollInput {
    /// The topics; all where there are none.
    #[serde(default, deserialize_with = "or_default")]
    pub topics: Vec<String>,
    /// The offset of the first item to give. 0 means the first that is still held.
    #[serde(default, deserialize_with = "or_default")]
    pub from_offset: u64,
}

/// What a reader gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollAnswer {
    /// The items, in order.
    #[serde(default, deserialize_with = "or_default")]
    pub items: Vec<WireItem>,
    /// Where to go on.
    #[serde(default, deserialize_with = "or_default")]
    pub next_offset: u64,
    /// Whether there is more at once: the answer was full.
    #[serde(default, deserialize_with = "or_default")]
    pub more_ready: bool,
}

/// An item that a host holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireItem {
    /// Its topic.
    pub topic: String,
    /// Its payload, as [`encode_payload`] writes it.
    pub data: String,
    /// Its place in the stream. In a [`State`] it is 0, as the order says it there.
    #[serde(default, deserialize_with = "or_default")]
    pub offset: u64,
}

/// A host's state, as continue-as-new carries it to the next run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The items that are still held.
    #[serde(default, deserialize_with = "or_default")]
    pub log: Vec<WireItem>,
    /// The offset of the first of them.
    #[serde(default, deserialize_with = "or_default")]
    pub base_offset: u64,
    /// The publishers that may still send a batch again, by their ids.
    #[serde(default, deserialize_with = "or_default")]
    pub publishers: BTreeMap<String, PublisherState>,
}

/// What is kept of a publisher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublisherState {
    /// The number of the last batch that was taken.
    pub sequence: i64,
    /// When it came, by the workflow's clock.
    pub last_seen: Timestamp,
}

/// What some languages write for an empty list.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Why an item's data is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// It is no base64.
    #[error("an item's data is no base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// What the base64 holds is no payload.
    #[error("an item's data is no payload: {0}")]
    Protobuf(#[from] prost::DecodeError),
}

/// A payload with its metadata in order: the generated type has a hash map, which is written in
/// another order by each process, and a workflow must say the same each time it is replayed.
#[derive(Clone, PartialEq, Message)]
struct Ordered {
    #[prost(btree_map = "string, bytes", tag = "1")]
    metadata: BTreeMap<String, Vec<u8>>,
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    external_payloads: Vec<ExternalPayloadDetails>,
}

/// Writes a payload as an item's data. The same payload gives the same text each time.
pub fn encode_payload(payload: Payload) -> String {
    let ordered = Ordered {
        metadata: payload.metadata.into_iter().collect(),
        data: payload.data,
        external_payloads: payload.external_payloads,
    };
    STANDARD.encode(ordered.encode_to_vec())
}

/// Reads an item's data.
pub fn decode_payload(data: &str) -> Result<Payload, WireError> {
    Ok(Payload::decode(STANDARD.decode(data)?.as_slice())?)
}

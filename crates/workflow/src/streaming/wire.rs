//! The wire format: handler names, message shapes, and the encoding of items. Knows nothing of
//! their meaning.
//!
//! All implementations share it; the reference is the Python SDK's
//! `temporalio.contrib.workflow_streams`. An item is the protobuf encoding of its payload in
//! base64, because JSON can't contain a payload. Payload codecs (for instance encryption) do not
//! apply to single items: a codec runs once, on the message that carries them.

use std::{collections::BTreeMap, time::SystemTime};

use data_encoding::BASE64;
use jiff::{Timestamp, Unit};
use prost::Message;
use serde::{Deserialize, Deserializer, Serialize};
use temporalio_common::protos::temporal::api::common::v1::{
    Payload, payload::ExternalPayloadDetails,
};

/// The signal that publishes items: a [`PublishInput`].
pub const PUBLISH: &str = "__temporal_workflow_stream_publish";
/// The update that waits for items, and the query that reads the available ones: a [`PollInput`],
/// answered with a [`PollResult`].
pub const POLL: &str = "__temporal_workflow_stream_poll";
/// The query for the offset of the next item, an integer.
pub const OFFSET: &str = "__temporal_workflow_stream_offset";

/// The failure type of a poll from an offset that was truncated.
pub(super) const TRUNCATED_OFFSET: &str = "TruncatedOffset";
/// The failure type of a poll while the stream drains.
pub(super) const STREAM_DRAINING: &str = "StreamDraining";
/// The failure type of an attempt to truncate beyond the end of the stream.
pub(super) const TRUNCATE_OUT_OF_RANGE: &str = "TruncateOutOfRange";

/// A batch of items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishInput {
    /// The items, in order.
    #[serde(default, deserialize_with = "or_default")]
    pub items: Vec<PublishEntry>,
    /// The publisher's id. Empty if the publisher does not number its batches: then the stream
    /// can't detect duplicates.
    #[serde(default, deserialize_with = "or_default")]
    pub publisher_id: String,
    /// The sequence number of the batch. The stream ignores a batch whose number does not exceed
    /// the publisher's last one.
    #[serde(default, deserialize_with = "or_default")]
    pub sequence: i64,
}

/// An item that is being published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishEntry {
    /// Its topic.
    pub topic: String,
    /// Its payload, as [`encode_payload`] writes it.
    pub data: String,
}

/// The request of a poll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollInput {
    /// The topics; empty for all.
    #[serde(default, deserialize_with = "or_default")]
    pub topics: Vec<String>,
    /// The offset of the first item to return. 0 means the first item in the stream.
    #[serde(default, deserialize_with = "or_default")]
    pub from_offset: u64,
}

/// The result of a poll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollResult {
    /// The items, in order.
    #[serde(default, deserialize_with = "or_default")]
    pub items: Vec<WireItem>,
    /// The offset to continue from.
    #[serde(default, deserialize_with = "or_default")]
    pub next_offset: u64,
    /// Whether more items are available at once, because this result is full.
    #[serde(default, deserialize_with = "or_default")]
    pub more_ready: bool,
}

/// An item of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireItem {
    /// Its topic.
    pub topic: String,
    /// Its payload, as [`encode_payload`] writes it.
    pub data: String,
    /// Its offset in the stream. In a [`WorkflowStreamState`] it is 0, because the order implies it
    /// there.
    #[serde(default, deserialize_with = "or_default")]
    pub offset: u64,
}

/// The state of a stream that continue-as-new passes to the next run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowStreamState {
    /// The items.
    #[serde(default, deserialize_with = "or_default")]
    pub log: Vec<WireItem>,
    /// The offset of the first item.
    #[serde(default, deserialize_with = "or_default")]
    pub base_offset: u64,
    /// The publishers that may resend a batch, by id.
    #[serde(default, deserialize_with = "or_default")]
    pub publishers: BTreeMap<String, PublisherState>,
}

/// The state of a publisher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublisherState {
    /// The sequence number of the last accepted batch.
    pub sequence: i64,
    /// When that batch arrived, by the workflow's clock.
    pub last_seen: Timestamp,
}

/// Rounds to microseconds, the precision that other languages read.
pub(super) fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time)
        .and_then(|time| time.round(Unit::Microsecond))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Some languages write `null` for an empty value.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Why the data of an item is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The data is not base64.
    #[error("invalid item data: expected base64: {0}")]
    Base64(#[from] data_encoding::DecodeError),
    /// The decoded data is not a payload.
    #[error("invalid item data: expected a protobuf payload: {0}")]
    Protobuf(#[from] prost::DecodeError),
}

/// A payload with ordered metadata. The generated type has a hash map, whose order differs between
/// processes, and a workflow must encode the same bytes on each replay.
#[derive(Clone, PartialEq, Message)]
struct Ordered {
    #[prost(btree_map = "string, bytes", tag = "1")]
    metadata: BTreeMap<String, Vec<u8>>,
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    external_payloads: Vec<ExternalPayloadDetails>,
}

/// Encodes a payload as the data of an item. The same payload always gives the same text.
pub fn encode_payload(payload: Payload) -> String {
    let ordered = Ordered {
        metadata: payload.metadata.into_iter().collect(),
        data: payload.data,
        external_payloads: payload.external_payloads,
    };
    BASE64.encode(&ordered.encode_to_vec())
}

/// Decodes the data of an item.
pub fn decode_payload(data: &str) -> Result<Payload, WireError> {
    Ok(Payload::decode(BASE64.decode(data.as_bytes())?.as_slice())?)
}

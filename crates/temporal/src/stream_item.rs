//! Items of workflows' streams, in the format of signals and of streams: a topic, and the base64 of a
//! payload's protobuf. The codec does not encode that payload by itself.

use data_encoding::BASE64;
use fast_temporal_protocol::event::StreamItem;
use prost::Message as _;
use serde::{Deserialize, Deserializer};
use temporalio_common::protos::temporal::api::common::v1::Payload;

use crate::payload;

/// Parses an item and the attempt that published it. Returns `None` if the data is not a payload.
/// `run_id` is the run that received the item.
pub(crate) fn parse(topic: String, data: &str, run_id: &str) -> Option<StreamItem> {
    let bytes = BASE64.decode(data.as_bytes()).ok()?;
    let payload = Payload::decode(bytes.as_slice()).ok()?;
    let origin = Origin::of(&payload).unwrap_or_default();
    Some(StreamItem {
        topic,
        data: payload::json(payload),
        activity_id: origin.activity_id,
        attempt: origin.attempt,
        activity_run_id: origin.run_id.filter(|of| of != run_id),
        ..StreamItem::default()
    })
}

/// Deserializes `null` as the default: some languages write it for an empty list.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The activity attempt that published an item, if the publisher recorded it.
#[derive(Default)]
struct Origin {
    run_id: Option<String>,
    activity_id: Option<String>,
    attempt: Option<u32>,
}

impl Origin {
    fn of(payload: &Payload) -> Option<Self> {
        let text = |key| std::str::from_utf8(payload.metadata.get(key)?).ok();
        Some(Self {
            run_id: Some(text(StreamItem::RUN_ID_KEY)?.to_owned()),
            activity_id: Some(text(StreamItem::ACTIVITY_ID_KEY)?.to_owned()),
            attempt: Some(text(StreamItem::ATTEMPT_KEY)?.parse().ok()?),
        })
    }
}

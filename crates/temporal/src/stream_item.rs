//! Items of workflows' streams, in the format of signals and of streams: a topic, and the base64 of a
//! payload's protobuf. The codec does not encode that payload by itself.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fast_temporal_protocol::{
    event::StreamItem,
    stream::{ACTIVITY_ID, ATTEMPT, RUN_ID},
};
use prost::Message as _;
use serde::{Deserialize, Deserializer};
use temporalio_common::protos::temporal::api::common::v1::Payload;

use crate::payload;

/// Parses an item and the attempt that published it. Returns `None` if the data is not a payload.
/// `run_id` is the run that received the item.
pub(crate) fn parse(topic: String, data: &str, run_id: &str) -> Option<StreamItem> {
    let bytes = STANDARD.decode(data).ok()?;
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
            run_id: Some(text(RUN_ID)?.to_owned()),
            activity_id: Some(text(ACTIVITY_ID)?.to_owned()),
            attempt: Some(text(ATTEMPT)?.parse().ok()?),
        })
    }
}

//! Items of workflows' streams, as signals publish them and as hosts hold them: a topic, and the
//! base64 of a payload's protobuf. No codec covers that payload by itself.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fast_temporal_protocol::{
    event::StreamItem,
    stream::{ACTIVITY_ID, ATTEMPT, RUN_ID},
};
use prost::Message as _;
use serde::{Deserialize, Deserializer};
use temporalio_common::protos::temporal::api::common::v1::Payload;

use crate::payload;

/// The item, and where it comes from; `None` where the data is no payload. `run_id` is the run that
/// the item came to.
pub(crate) fn read(topic: String, data: &str, run_id: &str) -> Option<StreamItem> {
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

/// What some languages write for an empty list is `null`.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Which attempt at which activity an item comes from, where its publisher noted that.
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

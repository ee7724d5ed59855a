//! An item as a subscriber receives it.

use temporalio_common::{
    data_converters::{PayloadConversionError, PayloadConverter, RawValue, TemporalDeserializable},
    protos::temporal::api::common::v1::Payload,
};

use super::subscribe_error::SubscribeError;
use crate::{
    payload,
    streaming::{
        origin::Origin,
        wire::{WireItem, decode_payload},
    },
};

/// An item of a stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Item {
    /// Its topic.
    pub topic: String,
    /// Its offset. To resume after this item, start at the next offset.
    pub offset: u64,
    /// The payload of the item.
    pub payload: Payload,
    /// Whether items before this one are missing, because the workflow discarded them before the
    /// subscriber read them.
    pub is_after_gap: bool,
    converter: PayloadConverter,
}

impl Item {
    pub(super) fn from_wire(
        item: WireItem,
        is_after_gap: bool,
        converter: PayloadConverter,
    ) -> Result<Self, SubscribeError> {
        let offset = item.offset;
        let payload = decode_payload(&item.data)
            .map_err(|source| SubscribeError::Malformed { offset, source })?;
        Ok(Self {
            topic: item.topic,
            offset,
            payload,
            is_after_gap,
            converter,
        })
    }

    /// Decodes the value with the client's payload converter.
    pub fn value<T: TemporalDeserializable + 'static>(&self) -> Result<T, PayloadConversionError> {
        payload::decode(RawValue::new(vec![self.payload.clone()]), &self.converter)
    }

    /// Returns the activity attempt that published the item, if the item contains it.
    pub fn origin(&self) -> Option<Origin> {
        Origin::from_payload(&self.payload)
    }
}

//! What a subscriber gives.

use temporalio_common::{
    data_converters::{PayloadConversionError, PayloadConverter, RawValue, TemporalDeserializable},
    protos::temporal::api::common::v1::Payload,
};

use super::SubscribeError;
use crate::{
    payload,
    stream::{
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
    /// Its place. To come back later, begin at the next one.
    pub offset: u64,
    /// The item.
    pub payload: Payload,
    /// Whether items before this one are gone that the subscriber should have had: the workflow
    /// forgot them before they were read.
    pub is_after_gap: bool,
    converter: PayloadConverter,
}

impl Item {
    pub(super) fn read(
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

    /// The value, as the client's payload converter reads it.
    pub fn value<T: TemporalDeserializable + 'static>(&self) -> Result<T, PayloadConversionError> {
        payload::decode(RawValue::new(vec![self.payload.clone()]), &self.converter)
    }

    /// The activity and the attempt that it comes from, where it says so.
    pub fn origin(&self) -> Option<Origin> {
        Origin::of(&self.payload)
    }
}

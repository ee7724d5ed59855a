//! Values to payloads and back, as the worker's converter does it.

use temporalio_workflow::common::{
    data_converters::{
        GenericPayloadConverter, PayloadConversionError, PayloadConverter, RawValue,
        SerializationContext, SerializationContextData, TemporalDeserializable,
        TemporalSerializable, WorkflowSerializationContext,
    },
    protos::temporal::api::common::v1::Payload,
};

fn context() -> SerializationContextData {
    SerializationContextData::Workflow(WorkflowSerializationContext::new())
}

/// One argument, or several where the value stands for several.
pub(crate) fn encode<T: TemporalSerializable + 'static>(
    value: &T,
    converter: &PayloadConverter,
) -> Result<RawValue, PayloadConversionError> {
    let data = context();
    let context = SerializationContext::new(&data, converter);
    converter.to_payloads(&context, value).map(RawValue::new)
}

/// One payload, whatever the value.
pub(crate) fn encode_one<T: TemporalSerializable + 'static>(
    value: &T,
    converter: &PayloadConverter,
) -> Result<Payload, PayloadConversionError> {
    let data = context();
    let context = SerializationContext::new(&data, converter);
    converter.to_payload(&context, value)
}

pub(crate) fn decode<T: TemporalDeserializable + 'static>(
    value: RawValue,
    converter: &PayloadConverter,
) -> Result<T, PayloadConversionError> {
    let data = context();
    let context = SerializationContext::new(&data, converter);
    converter.from_payloads(&context, value.payloads)
}

pub(crate) fn null() -> RawValue {
    RawValue::from_value(&(), &PayloadConverter::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_what_other_languages_write_for_nothing() {
        let null = null();
        assert_eq!(null.payloads.len(), 1);
        assert_eq!(null.payloads[0].metadata["encoding"], b"binary/null");
    }
}

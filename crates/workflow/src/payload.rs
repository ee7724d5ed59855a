//! Encodes values as payloads and decodes them, with the worker's payload converter.

use temporalio_workflow::common::{
    data_converters::{
        GenericPayloadConverter, PayloadConversionError, PayloadConverter, RawValue,
        SerializationContext, SerializationContextData, TemporalDeserializable,
        TemporalSerializable, WorkflowSerializationContext,
    },
    protos::temporal::api::common::v1::Payload,
};

/// The maximum number of characters of an error in logs, queries and the memo.
const MAX_ERROR_CHARS: usize = 200;

fn context() -> SerializationContextData {
    SerializationContextData::Workflow(WorkflowSerializationContext::new())
}

/// Encodes one argument, or several for a `MultiArgs` value.
pub(crate) fn encode<T: TemporalSerializable + 'static>(
    value: &T,
    converter: &PayloadConverter,
) -> Result<RawValue, PayloadConversionError> {
    let data = context();
    let context = SerializationContext::new(&data, converter);
    converter.to_payloads(&context, value).map(RawValue::new)
}

/// Encodes a value as exactly one payload.
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

/// Shortens the text of an error, which can quote a whole payload.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_ERROR_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_has_the_encoding_that_other_sdks_use() {
        let null = null();
        assert_eq!(null.payloads.len(), 1);
        assert_eq!(null.payloads[0].metadata["encoding"], b"binary/null");
    }

    #[test]
    fn long_error_is_shortened() {
        assert_eq!(shorten("short"), "short");
        let shortened = shorten(&"é".repeat(MAX_ERROR_CHARS + 1));
        assert_eq!(shortened, format!("{}…", "é".repeat(MAX_ERROR_CHARS)));
    }
}

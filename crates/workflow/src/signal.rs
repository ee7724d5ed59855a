//! Signals whose arguments do not decode: dropped and reported.
//!
//! With the SDK alone, such a signal fails the workflow task forever, because a signal in history
//! can't be removed.

use temporalio_workflow::common::{
    data_converters::{
        ErasedSerdePayloadConverter, GenericPayloadConverter, PayloadConversionError,
        SerializationContext, TemporalDeserializable, TemporalSerializable,
    },
    protos::temporal::api::common::v1::Payload,
};
use tracing::warn;

use crate::{HasBase, payload::shorten};

/// Drops a signal: logs a warning, and records the signal for clients.
pub fn drop_signal<W: HasBase>(state: &mut W, is_replaying: bool, signal: &str, error: String) {
    if !is_replaying {
        warn!(
            signal,
            error, "dropped a signal whose argument does not decode"
        );
    }
    state.base_mut().record_dropped_signal(signal, error);
}

/// The argument of a signal. Decoding always succeeds: with a value, or with the reason why the
/// argument is invalid.
pub struct SignalInput<T>(Result<T, String>);

impl<T> SignalInput<T> {
    /// Returns the value, or why the argument is invalid.
    pub fn decoded(self) -> Result<T, String> {
        self.0
    }

    /// For signals without an argument: any argument is ignored.
    pub fn ignore(self) {}
}

impl<T: TemporalDeserializable + 'static> TemporalDeserializable for SignalInput<T> {
    fn from_serde(
        converter: &dyn ErasedSerdePayloadConverter,
        context: &SerializationContext<'_>,
        payload: Payload,
    ) -> Result<Self, PayloadConversionError> {
        let value = T::from_serde(converter, context, payload);
        Ok(Self(value.map_err(|error| shorten(&error.to_string()))))
    }

    fn from_payload(
        context: &SerializationContext<'_>,
        payload: Payload,
    ) -> Result<Self, PayloadConversionError> {
        Self::from_payloads(context, vec![payload])
    }

    fn from_payloads(
        context: &SerializationContext<'_>,
        payloads: Vec<Payload>,
    ) -> Result<Self, PayloadConversionError> {
        let count = payloads.len();
        let value = context.converter.from_payloads::<T>(context, payloads);
        Ok(Self(value.map_err(|error| match error {
            PayloadConversionError::WrongEncoding => {
                format!(
                    "received {count} arguments, or one in an encoding that the handler does not accept"
                )
            }
            error => shorten(&error.to_string()),
        })))
    }
}

impl<T: TemporalSerializable + 'static> TemporalSerializable for SignalInput<T> {
    fn to_payload(
        &self,
        context: &SerializationContext<'_>,
    ) -> Result<Payload, PayloadConversionError> {
        match &self.0 {
            Ok(value) => context.converter.to_payload(context, value),
            Err(_) => Err(PayloadConversionError::WrongEncoding),
        }
    }

    fn to_payloads(
        &self,
        context: &SerializationContext<'_>,
    ) -> Result<Vec<Payload>, PayloadConversionError> {
        match &self.0 {
            Ok(value) => context.converter.to_payloads(context, value),
            Err(_) => Err(PayloadConversionError::WrongEncoding),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use temporalio_workflow::common::data_converters::{
        MultiArgs2, PayloadConverter, RawValue, SerializationContextData,
    };

    use super::*;

    fn decode<T: TemporalDeserializable + 'static>(
        values: &[serde_json::Value],
    ) -> Result<T, String> {
        let converter = PayloadConverter::default();
        let context = SerializationContext::new(&SerializationContextData::None, &converter);
        let encode = |value| RawValue::from_value(value, &converter).payloads;
        let payloads = values.iter().flat_map(encode).collect();
        let input: SignalInput<T> = converter.from_payloads(&context, payloads).unwrap();
        input.decoded()
    }

    #[test]
    fn valid_argument_decodes() {
        assert_eq!(decode::<u32>(&[json!(7)]), Ok(7));
        let both = decode::<MultiArgs2<u32, String>>(&[json!(7), json!("x")]).unwrap();
        assert_eq!((both.0, &*both.1), (7, "x"));
    }

    #[test]
    fn invalid_argument_decodes_to_the_reason() {
        let error = decode::<u32>(&[json!("seven")]).unwrap_err();
        assert!(error.contains("invalid type: string \"seven\""), "{error}");
        let error = decode::<u32>(&[json!("x".repeat(100_000))]).unwrap_err();
        assert!(error.len() < 1_000, "{}", error.len());
        let error = decode::<u32>(&[]).unwrap_err();
        assert!(error.starts_with("received 0 arguments"), "{error}");
        let error = decode::<u32>(&[json!(1), json!(2)]).unwrap_err();
        assert!(error.starts_with("received 2 arguments"), "{error}");
    }
}

//! Signals whose arguments do not decode: reported and dropped.
//!
//! With the SDK alone such a signal fails the workflow task, again and again, and the workflow is
//! stuck for good: a signal in history can't be taken back.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::json;
use temporalio_workflow::common::{
    data_converters::{
        ErasedSerdePayloadConverter, GenericPayloadConverter, PayloadConversionError,
        SerializationContext, TemporalDeserializable, TemporalSerializable,
    },
    protos::temporal::api::common::v1::Payload,
};
use tracing::warn;

use crate::{HasBase, report::brief};

/// The memo's key for the last signal that was dropped.
const MEMO_KEY: &str = "dropped_signal";
/// As many are kept; of more, the last ones.
const MAX_KEPT: usize = 100;

/// A signal that was dropped, as the query `get_dropped_signals` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DroppedSignal {
    /// The signal's name.
    pub signal: String,
    /// Why its argument did not decode, in 200 characters at most.
    pub error: String,
}

#[derive(Default)]
pub(crate) struct Dropped {
    last: VecDeque<DroppedSignal>,
    /// How many there were in this run.
    count: u64,
}

impl Dropped {
    pub(crate) fn signals(&self) -> Vec<DroppedSignal> {
        self.last.iter().cloned().collect()
    }

    fn add(&mut self, signal: DroppedSignal) {
        if self.last.len() == MAX_KEPT {
            self.last.pop_front();
        }
        self.last.push_back(signal);
        self.count += 1;
    }
}

/// Tells of a signal that was dropped.
pub fn drop_signal<W: HasBase>(state: &mut W, is_replaying: bool, signal: &str, error: String) {
    if !is_replaying {
        warn!(
            signal,
            error, "dropped a signal whose argument does not decode"
        );
    }
    note_dropped(state, signal, error);
}

/// Takes note of what was dropped, of which the log has told.
pub(crate) fn note_dropped<W: HasBase>(state: &mut W, signal: &str, error: String) {
    let base = state.base_mut();
    base.dropped.add(DroppedSignal {
        signal: signal.to_owned(),
        error,
    });
    // The error quotes the argument, which not everybody who sees the memo may see.
    let told = json!({"signal": signal, "count": base.dropped.count});
    base.report.set(MEMO_KEY.to_owned(), told);
}

/// A signal's argument, which always decodes: to a value, or to why there is none.
pub struct SignalInput<T>(Result<T, String>);

impl<T> SignalInput<T> {
    /// The value, or why there is none.
    pub fn decoded(self) -> Result<T, String> {
        self.0
    }

    /// For signals without an argument: whatever came is as good as nothing.
    pub fn ignore(self) {}
}

impl<T: TemporalDeserializable + 'static> TemporalDeserializable for SignalInput<T> {
    fn from_serde(
        converter: &dyn ErasedSerdePayloadConverter,
        context: &SerializationContext<'_>,
        payload: Payload,
    ) -> Result<Self, PayloadConversionError> {
        let value = T::from_serde(converter, context, payload);
        Ok(Self(value.map_err(|error| brief(&error.to_string()))))
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
                format!("{count} arguments came, or one in another encoding than the handler takes")
            }
            error => brief(&error.to_string()),
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
    fn an_argument_that_fits_is_the_handlers() {
        assert_eq!(decode::<u32>(&[json!(7)]), Ok(7));
        let both = decode::<MultiArgs2<u32, String>>(&[json!(7), json!("x")]).unwrap();
        assert_eq!((both.0, &*both.1), (7, "x"));
    }

    #[test]
    fn one_that_does_not_fit_is_no_error_of_decoding_but_says_why() {
        let error = decode::<u32>(&[json!("seven")]).unwrap_err();
        assert!(error.contains("invalid type: string \"seven\""), "{error}");
        let error = decode::<u32>(&[json!("x".repeat(100_000))]).unwrap_err();
        assert!(error.len() < 1_000, "{}", error.len());
        let error = decode::<u32>(&[]).unwrap_err();
        assert!(error.starts_with("0 arguments came"), "{error}");
        let error = decode::<u32>(&[json!(1), json!(2)]).unwrap_err();
        assert!(error.starts_with("2 arguments came"), "{error}");
    }

    #[test]
    fn of_many_dropped_signals_the_last_are_kept() {
        let mut dropped = Dropped::default();
        for number in 0..=MAX_KEPT {
            dropped.add(DroppedSignal {
                signal: number.to_string(),
                error: String::new(),
            });
        }
        let signals = dropped.signals();
        assert_eq!(signals.len(), MAX_KEPT);
        assert_eq!(dropped.count, MAX_KEPT as u64 + 1);
        assert_eq!(signals[0].signal, "1");
    }
}

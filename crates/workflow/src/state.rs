//! The methods of the base on the workflow itself.

use serde::{Serialize, de::DeserializeOwned};
use temporalio_workflow::common::data_converters::{
    PayloadConverter, RawValue, TemporalSerializable,
};

use crate::{HasBase, payload};

/// The methods of the base on the workflow itself: for handlers that take `self`, and for
/// `ctx.state(…)`.
pub trait BaseState: HasBase {
    /// [`BaseContext::set_state`](crate::BaseContext::set_state).
    fn set_state<T: Serialize + ?Sized>(&mut self, key: impl Into<String>, value: &T) {
        self.base_mut().set_state(key.into(), value);
    }

    /// [`BaseContext::get_state`](crate::BaseContext::get_state).
    fn get_state<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.base().get_state(key)
    }

    /// [`BaseContext::set_workflow_result`](crate::BaseContext::set_workflow_result), encoded as JSON.
    fn set_workflow_result<T: TemporalSerializable + 'static>(
        &mut self,
        result: &T,
        status: impl Into<String>,
    ) {
        let result = encode_result(result, &PayloadConverter::default());
        self.base_mut()
            .outcome
            .set_result(result, status.into(), None);
    }

    /// [`BaseContext::report`](crate::BaseContext::report).
    fn report(&mut self, text: impl Into<String>, fraction: impl Into<Option<f64>>) {
        self.base_mut()
            .memo
            .set_progress(text.into(), fraction.into());
    }

    /// [`BaseContext::report_value`](crate::BaseContext::report_value).
    fn report_value<T: Serialize + ?Sized>(&mut self, key: impl Into<String>, value: &T) {
        let key = key.into();
        match serde_json::to_value(value) {
            Ok(value) => self.base_mut().memo.set(key, value),
            Err(error) => panic!("cannot encode the value of `{key}` as JSON: {error}"),
        }
    }
}

impl<W: HasBase> BaseState for W {}

/// Encodes a workflow's result.
pub(crate) fn encode_result<T: TemporalSerializable + 'static>(
    result: &T,
    converter: &PayloadConverter,
) -> RawValue {
    match payload::encode(result, converter) {
        Ok(result) => result,
        Err(error) => panic!("cannot encode the workflow's result: {error}"),
    }
}

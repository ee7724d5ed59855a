//! The optional payload codec.

use std::sync::Arc;

use fast_temporal_core::{EngineError, EngineErrorKind};
use temporalio_common::{
    data_converters::{
        PayloadCodec, PayloadConversionError, SerializationContextData,
        WorkflowSerializationContext,
    },
    payload_visitor::{PayloadVisitable, decode_payloads, encode_payloads},
};

use crate::error_text::with_causes;

/// Encodes the payloads of requests and decodes those of responses. Without a codec both cost nothing.
#[derive(Clone)]
pub(crate) struct Codec(Option<Arc<dyn PayloadCodec + Send + Sync>>);

impl Codec {
    pub(crate) fn new(codec: Option<Arc<dyn PayloadCodec + Send + Sync>>) -> Self {
        Self(codec)
    }

    /// Encodes all payloads of a request.
    pub(crate) async fn encode(
        &self,
        message: &mut impl PayloadVisitable,
    ) -> Result<(), EngineError> {
        match &self.0 {
            Some(codec) => encode_payloads(message, &**codec, &context())
                .await
                .map_err(|e| unavailable(&e)),
            None => Ok(()),
        }
    }

    /// Decodes all payloads of a response.
    pub(crate) async fn decode(
        &self,
        message: &mut impl PayloadVisitable,
    ) -> Result<(), EngineError> {
        match &self.0 {
            Some(codec) => decode_payloads(message, &**codec, &context())
                .await
                .map_err(|e| unavailable(&e)),
            None => Ok(()),
        }
    }
}

fn context() -> SerializationContextData {
    SerializationContextData::Workflow(WorkflowSerializationContext::new())
}

/// The failure of a codec is transient: callers retry, and events never change.
fn unavailable(error: &PayloadConversionError) -> EngineError {
    EngineError::new(
        EngineErrorKind::Unavailable,
        format!("the payload codec failed: {}", with_causes(error)),
    )
}

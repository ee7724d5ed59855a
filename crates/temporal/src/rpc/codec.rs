//! The payload codec, where there is one.

use std::sync::Arc;

use fast_temporal_core::{EngineError, EngineErrorKind};
use temporalio_common::{
    data_converters::{
        PayloadCodec, PayloadConversionError, SerializationContextData,
        WorkflowSerializationContext,
    },
    payload_visitor::{PayloadVisitable, decode_payloads, encode_payloads},
};

/// Encodes what goes to Temporal and decodes what comes from it. Without a codec both cost nothing.
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
                .map_err(|e| away(&e)),
            None => Ok(()),
        }
    }

    /// Decodes all payloads of an answer.
    pub(crate) async fn decode(
        &self,
        message: &mut impl PayloadVisitable,
    ) -> Result<(), EngineError> {
        match &self.0 {
            Some(codec) => decode_payloads(message, &**codec, &context())
                .await
                .map_err(|e| away(&e)),
            None => Ok(()),
        }
    }
}

fn context() -> SerializationContextData {
    SerializationContextData::Workflow(WorkflowSerializationContext::new())
}

/// A codec that fails stalls what needs it, which is tried again: it never changes an event.
fn away(error: &PayloadConversionError) -> EngineError {
    EngineError::new(
        EngineErrorKind::Unavailable,
        format!("the payload codec failed: {}", super::with_causes(error)),
    )
}

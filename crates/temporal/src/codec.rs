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

use crate::rpc_error::with_causes;

/// Encodes the payloads of requests and decodes those of responses. Without a codec both cost nothing.
#[derive(Clone)]
pub(crate) struct Codec(pub(crate) Option<Arc<dyn PayloadCodec + Send + Sync>>);

impl Codec {
    /// Encodes all payloads of a request.
    pub(crate) async fn encode(
        &self,
        message: &mut impl PayloadVisitable,
    ) -> Result<(), EngineError> {
        let Some(codec) = &self.0 else { return Ok(()) };
        let encoded = encode_payloads(message, &**codec, &context()).await;
        encoded.map_err(|error| unavailable(&error))
    }

    /// Decodes all payloads of a response.
    pub(crate) async fn decode(
        &self,
        message: &mut impl PayloadVisitable,
    ) -> Result<(), EngineError> {
        let Some(codec) = &self.0 else { return Ok(()) };
        let decoded = decode_payloads(message, &**codec, &context()).await;
        decoded.map_err(|error| unavailable(&error))
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

//! What clients can do with workflows: one function per operation, the same over WebSocket and REST.
//!
//! Each operation checks what the principal is permitted to do, validates the request, and only then
//! calls Temporal, within its own time limit. Operations know nothing of transports.

pub(crate) mod close;
pub(crate) mod describe;
pub(crate) mod list;
pub(crate) mod message;
pub(crate) mod request_key;
pub(crate) mod result;
pub(crate) mod start;
pub(crate) mod subscribe;
pub(crate) mod ticket;
pub(crate) mod validation;

use std::time::Duration;

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::ErrorBody;
use futures_util::TryFutureExt as _;
use tokio::time::timeout;

use crate::error::public_error;

/// Runs one call to Temporal within a time limit.
async fn call<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, ErrorBody> {
    within(limit, request.map_err(public_error)).await
}

/// Runs the work of an operation within a time limit.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, ErrorBody>>,
) -> Result<T, ErrorBody> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        let error = EngineError::new(EngineErrorKind::Timeout, "no response within the limit");
        Err(public_error(error))
    })
}

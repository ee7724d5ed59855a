//! What clients can do with workflows: one function per verb, the same over WebSocket and REST.
//!
//! Each verb checks what the principal is permitted to do, validates the request, and only then
//! calls Temporal, within its own time limit. Verbs know nothing of transports.

mod check;
mod close;
mod describe;
mod list;
mod message;
mod request_key;
mod result;
mod start;
mod subscribe;
mod ticket;

use std::time::Duration;

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::ErrorBody;
use tokio::time::timeout;

pub(crate) use self::{
    check::{
        MAX_NAME_BYTES, check_message_name, check_name, check_target, check_verb, schema_mismatch,
    },
    close::{cancel, terminate},
    describe::describe,
    list::list,
    message::{query, signal, update},
    request_key::random_id,
    result::result,
    start::start,
    subscribe::{FilteredSubscription, subscribe},
    ticket::ticket,
};
use crate::error::public_error;

/// Runs the work of a verb within a time limit.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, ErrorBody>>,
) -> Result<T, ErrorBody> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        let error = EngineError::new(EngineErrorKind::Timeout, "no response within the limit");
        Err(public_error(error))
    })
}

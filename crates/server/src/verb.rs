//! What clients can do with workflows: one function per verb, the same over WebSocket and REST.
//!
//! Each checks what the principal may do, then what the request says, and only then asks Temporal,
//! within a time limit of its own. Knows nothing of how requests come in.

mod access;
mod describe;
mod end;
mod field;
mod list;
mod name;
mod query;
mod request_key;
mod result;
mod schema;
mod signal;
mod start;
mod subscribe;
mod update;

use std::time::Duration;

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::ErrorBody;
use tokio::time::timeout;

use crate::error::public_error;

pub(crate) use self::{
    access::{check_target, check_verb},
    describe::describe,
    end::{cancel, terminate},
    field::check_name,
    list::list,
    name::{MAX_NAME_BYTES, check_message_name},
    query::query,
    result::result,
    schema::mismatch,
    signal::signal,
    start::start,
    subscribe::subscribe,
    update::update,
};

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

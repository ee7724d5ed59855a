//! The operations as REST: path, query, headers and body become the request of an operation.
//!
//! Each handler has its OpenAPI description beside it, as `<handler>_endpoint`. The router takes both
//! from one list, so every path is documented.

mod body;
pub(crate) mod health_endpoint;
mod idempotency_key;
pub(crate) mod message_endpoint;
pub(crate) mod target;
pub(crate) mod ticket_endpoint;
pub(crate) mod workflow_endpoint;

use axum::{
    Json,
    http::{HeaderName, header},
};
use fast_temporal_protocol::ErrorBody;
use tracing::Instrument as _;

use crate::{App, error::panic_to_internal};

/// A JSON response that caches do not store.
pub(crate) type JsonResponse<T> = ([(HeaderName, &'static str); 1], Json<T>);

fn json_response<T>(body: T) -> JsonResponse<T> {
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}

/// Runs an operation that changes something in its own task, so that it completes even if the client
/// disconnects: otherwise the client could not know how far a canceled request had progressed. Each
/// operation has a time limit.
async fn run_detached<T, F>(app: App, operation: impl FnOnce(App) -> F) -> Result<T, ErrorBody>
where
    T: Send + 'static,
    F: Future<Output = Result<T, ErrorBody>> + Send + 'static,
{
    let operation = operation(app.clone()).in_current_span();
    panic_to_internal(app.tasks.spawn(operation).await)
}

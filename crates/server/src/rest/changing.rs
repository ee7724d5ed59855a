//! Requests that change something.

use fast_temporal_protocol::{ErrorBody, ErrorCode};
use tracing::Instrument as _;

use crate::App;

/// Does the work to its end, though the client may go away meanwhile: what was asked for is done,
/// and not cut off where nobody knows how far it had come. Each verb has a time limit.
pub(super) async fn to_its_end<T: Send + 'static>(
    app: &App,
    work: impl Future<Output = Result<T, ErrorBody>> + Send + 'static,
) -> Result<T, ErrorBody> {
    let done = app.tasks.spawn(work.in_current_span()).await;
    done.unwrap_or_else(|_| {
        Err(ErrorBody::new(
            ErrorCode::Internal,
            "a fault of the gateway",
        ))
    })
}

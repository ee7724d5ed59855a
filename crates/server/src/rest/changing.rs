//! Requests that change something.

use fast_temporal_protocol::ErrorBody;
use tracing::Instrument as _;

use crate::{App, error::panic_to_internal};

/// Does the work to its end, though the client may go away meanwhile: what was asked for is done,
/// and not cut off where nobody knows how far it had come. Each verb has a time limit.
pub(super) async fn to_its_end<T: Send + 'static>(
    app: &App,
    work: impl Future<Output = Result<T, ErrorBody>> + Send + 'static,
) -> Result<T, ErrorBody> {
    panic_to_internal(app.tasks.spawn(work.in_current_span()).await)
}

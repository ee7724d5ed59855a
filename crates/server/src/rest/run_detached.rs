//! Runs requests that change something.

use fast_temporal_protocol::ErrorBody;
use tracing::Instrument as _;

use crate::{App, error::panic_to_internal};

/// Runs the work in its own task, so that it completes even if the client disconnects: nobody could
/// know how far a canceled request had progressed. Each verb has a time limit.
pub(super) async fn run_detached<T: Send + 'static>(
    app: &App,
    work: impl Future<Output = Result<T, ErrorBody>> + Send + 'static,
) -> Result<T, ErrorBody> {
    panic_to_internal(app.tasks.spawn(work.in_current_span()).await)
}

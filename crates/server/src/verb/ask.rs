//! Requests to Temporal: their time limits, and what clients are told where they fail.

use std::time::Duration;

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::ErrorBody;
use tokio::time::timeout;
use tracing::warn;

/// Does the work of a verb, which takes no longer than the limit.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, ErrorBody>>,
) -> Result<T, ErrorBody> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(refuse(EngineError::new(
            EngineErrorKind::Timeout,
            "no answer",
        )))
    })
}

/// What the client is told. What is no fault of its request is logged.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in map_err, as the error's last reader"
)]
pub(super) fn refuse(error: EngineError) -> ErrorBody {
    use EngineErrorKind as Kind;
    match error.kind {
        Kind::NotFound
        | Kind::AlreadyStarted
        | Kind::Closed
        | Kind::QueryFailed
        | Kind::Invalid
        | Kind::Stopping => {}
        Kind::Unavailable
        | Kind::Busy
        | Kind::Timeout
        | Kind::Denied
        | Kind::BranchChanged
        | Kind::Internal => warn!(%error, "a request to Temporal failed"),
    }
    error.public()
}

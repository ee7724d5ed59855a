//! Says that an activity lives while it works, and so hears when nobody waits for it any more.

use std::{convert::Infallible, time::Duration};

use serde::Serialize;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::time::interval;

/// How often it is said. The worker must not hold it back for longer: Temporal answers with what has
/// been cancelled.
pub(crate) const BEAT: Duration = Duration::from_secs(5);
/// How long Temporal waits for that, until it takes the worker for dead.
pub(crate) const SILENCE: Duration = Duration::from_secs(30);

/// Works, unless the activity is cancelled before. `progress` tells how far it is.
pub(super) async fn while_alive<T, P: Serialize + Send + Sync + 'static>(
    ctx: &ActivityContext,
    progress: impl Fn() -> P,
    work: impl Future<Output = Result<T, ActivityError>>,
) -> Result<T, ActivityError> {
    tokio::select! {
        biased;
        () = ctx.cancelled() => Err(ActivityError::cancelled()),
        outcome = work => outcome,
        never = beat(ctx, progress) => match never {},
    }
}

async fn beat<P: Serialize + Send + Sync + 'static>(
    ctx: &ActivityContext,
    progress: impl Fn() -> P,
) -> Infallible {
    let mut beats = interval(BEAT);
    loop {
        beats.tick().await;
        if let Err(error) = ctx.record_heartbeat(progress()).await {
            tracing::debug!(%error, "cannot say that the activity lives");
        }
    }
}

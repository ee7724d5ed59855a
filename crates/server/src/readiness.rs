//! Whether Temporal responds.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{Engine, EngineError, EngineErrorKind};
use fast_temporal_protocol::ErrorBody;
use parking_lot::Mutex;
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout},
};

use crate::error::public_error;

/// How long the outcome of a check is reused, so that frequent probes cost Temporal little.
const FRESH: Duration = Duration::from_secs(2);
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

/// The last check of the connection to Temporal, which concurrent probes share.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<Check>>);

#[derive(Clone)]
struct Check {
    began: Instant,
    outcome: Arc<OnceCell<Result<(), ErrorBody>>>,
}

impl Readiness {
    pub(crate) async fn check(&self, engine: &dyn Engine) -> Result<(), ErrorBody> {
        let outcome = self.current();
        let check = async || {
            let timed_out =
                |_| EngineError::new(EngineErrorKind::Timeout, "no response to a readiness check");
            let outcome = timeout(CHECK_TIMEOUT, engine.check()).await;
            outcome.map_err(timed_out).flatten().map_err(public_error)
        };
        outcome.get_or_init(check).await.clone()
    }

    fn current(&self) -> Arc<OnceCell<Result<(), ErrorBody>>> {
        let mut check = self.0.lock();
        let stale = |check: &Check| check.outcome.initialized() && check.began.elapsed() >= FRESH;
        if check.as_ref().is_none_or(stale) {
            *check = None;
        }
        let check = check.get_or_insert_with(|| Check {
            began: Instant::now(),
            outcome: Arc::default(),
        });
        Arc::clone(&check.outcome)
    }
}

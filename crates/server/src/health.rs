//! Whether the process lives, and whether it can serve.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State};
use fast_temporal_core::{Engine, EngineError, EngineErrorKind};
use fast_temporal_protocol::ErrorBody;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout},
};

use crate::{
    ApiError, App,
    document::error::ReadyErrors,
    error::{draining, public_error},
};

/// How long an answer of Temporal's counts, so that probes cost it nothing to speak of.
const FRESH: Duration = Duration::from_secs(2);
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether Temporal answers: asked once for all who want to know at about the same time.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<Check>>);

#[derive(Clone)]
struct Check {
    began: Instant,
    outcome: Arc<OnceCell<Result<(), ErrorBody>>>,
}

impl Readiness {
    async fn check(&self, engine: &dyn Engine) -> Result<(), ErrorBody> {
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

/// Whether the process lives
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "live",
    tag = "health",
    responses((
        status = 200,
        description = "It does.",
        body = ref("#/components/schemas/Health"),
        content_type = "application/json",
        example = json!({"status": "ok"}),
    )),
    security(()),
)]
pub(crate) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Whether the gateway can serve
///
/// It can where Temporal answers, and the gateway is not about to stop.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "health",
    responses(
        (
            status = 200,
            description = "It can.",
            body = ref("#/components/schemas/Health"),
            content_type = "application/json",
            example = json!({"status": "ready"}),
        ),
        ReadyErrors,
    ),
    security(()),
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    if app.draining.is_cancelled() {
        return Err(draining().into());
    }
    match app.readiness.check(&**app.registry.engine()).await {
        Ok(()) => Ok(Json(json!({"status": "ready"}))),
        // Whatever is wrong with Temporal, the node can't serve, and may be able to later.
        Err(error) => Err(ApiError {
            status: axum::http::StatusCode::SERVICE_UNAVAILABLE,
            body: error,
        }),
    }
}

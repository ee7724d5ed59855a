//! Liveness and readiness.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
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
    error::{draining, public_error},
    openapi::{Operation, READINESS},
};

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

pub(crate) fn live_operation() -> Operation {
    Operation::get("/healthz", "live", "health")
        .describe("Check that the process is alive", "")
        .other_response(StatusCode::OK, health("The process is alive.", "ok"))
        .without_credentials()
}

pub(crate) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

pub(crate) fn ready_operation() -> Operation {
    Operation::get("/readyz", "ready", "health")
        .describe(
            "Check that the gateway can serve requests",
            "It can if Temporal responds and the gateway is not shutting down.",
        )
        .other_response(StatusCode::OK, health("The gateway is ready.", "ready"))
        .errors_with_status(StatusCode::SERVICE_UNAVAILABLE, READINESS)
        .without_credentials()
}

/// The description of a successful check.
fn health(description: &str, status: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/json": {
            "schema": {
                "type": "object",
                "required": ["status"],
                "properties": {"status": {"const": status}},
            },
            "example": {"status": status},
        }},
    })
}

pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    if app.draining.is_cancelled() {
        return Err(draining().into());
    }
    match app.readiness.check(&**app.registry.engine()).await {
        Ok(()) => Ok(Json(json!({"status": "ready"}))),
        // Whatever is wrong with Temporal, the node cannot serve now, and possibly can later.
        Err(error) => Err(ApiError {
            status: StatusCode::SERVICE_UNAVAILABLE,
            body: error,
        }),
    }
}

//! Liveness and readiness.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use crate::{
    ApiError, App,
    error::draining,
    openapi::{endpoint::Endpoint, error_response::READINESS},
};

pub(crate) fn live_endpoint() -> Endpoint {
    Endpoint::get("/healthz", "live", "health")
        .describe("Check that the process is alive", "")
        .other_response(StatusCode::OK, health("The process is alive.", "ok"))
        .without_credentials()
}

pub(crate) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

pub(crate) fn ready_endpoint() -> Endpoint {
    Endpoint::get("/readyz", "ready", "health")
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
    let checked = app.readiness.check(&**app.registry.engine()).await;
    // Whatever is wrong with Temporal, the node cannot serve now, and possibly can later.
    let unavailable = |error| ApiError::from(error).with_status(StatusCode::SERVICE_UNAVAILABLE);
    checked.map_err(unavailable)?;
    Ok(Json(json!({"status": "ready"})))
}

//! Issuing tickets.

use axum::{extract::State, http::StatusCode};
use fast_temporal_protocol::{
    ErrorCode,
    v1::{TicketRequest, TicketResult},
};
use serde_json::json;

use super::{JsonResponse, body::JsonBody, json_response};
use crate::{
    ApiError, App,
    caller::RateLimitedCaller,
    openapi::{
        endpoint::Endpoint,
        error_response::{BODY, COMMON},
    },
    operation::ticket,
};

pub(crate) fn ticket_endpoint() -> Endpoint {
    Endpoint::post("/v1/tickets", "ticket", "credentials")
        .describe(
            "Request a ticket",
            "A ticket is a short-lived credential for URLs: `?ticket=`. It permits what the credentials \
             of the request permit, or less if requested.",
        )
        .body::<TicketRequest>(
            false,
            json!({"subject": "anna", "verbs": ["start", "subscribe"]}),
        )
        .created::<TicketResult>(
            "The ticket.",
            json!({"ticket": "ftt_eyJ0eXAi…", "expires_at": "2026-11-23T10:21:30Z"}),
        )
        .errors(&[COMMON, BODY, &[ErrorCode::InvalidField]])
}

pub(crate) async fn ticket(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    JsonBody(request): JsonBody<TicketRequest>,
) -> Result<(StatusCode, JsonResponse<TicketResult>), ApiError> {
    let ticket = ticket::ticket(&app, &principal, request)?;
    Ok((StatusCode::CREATED, json_response(ticket)))
}

//! Asking for tickets.

use axum::{extract::State, http::StatusCode};
use fast_temporal_protocol::v1::{TicketRequest, TicketResult};

use super::{Answer, Body};
use crate::{
    ApiError, App,
    auth::{Caller, give_ticket},
    document::error::TicketErrors,
};

/// Ask for a ticket
///
/// Credentials for a short time, which may stand in a URL: `?ticket=`. It allows no more than the
/// credentials that it was asked for with, and may be asked to allow less.
#[utoipa::path(
    post,
    path = "/v1/tickets",
    operation_id = "ticket",
    tag = "credentials",
    request_body(
        content = ref("#/components/schemas/TicketRequest"),
        content_type = "application/json",
        example = json!({"subject": "anna", "verbs": ["start", "subscribe"]}),
    ),
    responses(
        (
            status = 201,
            description = "The ticket.",
            body = ref("#/components/schemas/TicketResult"),
            content_type = "application/json",
            example = json!({"ticket": "ftt_eyJ0eXAi…", "expires_at": "2026-11-23T10:21:30Z"}),
        ),
        TicketErrors,
    ),
)]
pub(crate) async fn ticket(
    State(app): State<App>,
    Caller(principal): Caller,
    Body(request): Body<TicketRequest>,
) -> Result<Answer<TicketResult>, ApiError> {
    let ticket = give_ticket(&app, &principal, request)?;
    Ok(Answer::new(ticket).with_status(StatusCode::CREATED))
}

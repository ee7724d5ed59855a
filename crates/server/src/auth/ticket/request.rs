//! Giving tickets.

use fast_temporal_core::{Principal, Verb};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{TicketRequest, TicketResult},
};
use jiff::Timestamp;
use tracing::debug;

use super::scope::Scoped;
use crate::{App, verb::check_verb};

/// Gives a ticket to who may ask for one.
pub(crate) fn give_ticket(
    app: &App,
    principal: &Principal,
    request: TicketRequest,
) -> Result<TicketResult, ErrorBody> {
    check_verb(principal, Verb::Ticket)?;
    let scoped = Scoped::of(principal, request)?;
    let ticket = app.auth.issue(&scoped, Timestamp::now());
    debug!(
        subject = scoped.principal.subject.as_deref(),
        expires_at = %ticket.expires_at,
        "gave a ticket"
    );
    Ok(ticket)
}

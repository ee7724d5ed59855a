//! `ticket`: short-lived credentials that permit what was requested, and never more than the
//! principal's own.

use std::{collections::BTreeSet, sync::Arc};

use fast_temporal_core::{Allowed, Permissions, Principal, Verb, owner::MAX_SUBJECT_BYTES};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{TicketRequest, TicketResult},
};
use jiff::SignedDuration;
use tracing::debug;

use super::validation::check_verb;
use crate::{
    App,
    error::{forbidden, invalid_field},
};

const DEFAULT_SECONDS: u32 = 60;
const MAX_SECONDS: u32 = 300;

/// Issues a ticket.
pub(crate) fn ticket(
    app: &App,
    principal: &Principal,
    request: TicketRequest,
) -> Result<TicketResult, ErrorBody> {
    check_verb(principal, Verb::Ticket)?;
    let lifetime = lifetime(request.expires_in_seconds)?;
    let bearer = bearer(principal, request)?;
    let ticket = app.auth.issue_ticket(&bearer, lifetime);
    debug!(
        subject = bearer.subject.as_deref(),
        expires_at = %ticket.expires_at,
        "issued a ticket"
    );
    Ok(ticket)
}

fn lifetime(seconds: Option<u32>) -> Result<SignedDuration, ErrorBody> {
    let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
    if (1..=MAX_SECONDS).contains(&seconds) {
        Ok(SignedDuration::from_secs(seconds.into()))
    } else {
        Err(invalid_field(format!(
            "expires_in_seconds: expected 1 to {MAX_SECONDS}"
        )))
    }
}

/// The principal that a ticket authenticates. It expires with the issuer's credentials.
fn bearer(issuer: &Principal, request: TicketRequest) -> Result<Principal, ErrorBody> {
    let subject = subject(issuer, request.subject)?;
    let mut permissions = Permissions::clone(&issuer.permissions);
    // A ticket is for one subject, even if its issuer acts for any.
    permissions.any_user = false;
    if subject != issuer.subject {
        permissions.narrow_to_own();
    }
    if let Some(names) = request.verbs {
        permissions.verbs = &permissions.verbs & &verbs(&names)?;
    }
    // A ticket that could issue tickets would never expire.
    permissions.verbs.remove(&Verb::Ticket);
    if let Some(names) = request.workflows {
        let names = Allowed::Only(names.into_iter().collect());
        permissions.workflows = permissions.workflows.and(&names);
        // Workflows outside the catalog have no names to compare.
        permissions.any_workflow_type = false;
    }
    permissions.payloads &= request.payloads.unwrap_or(true);
    let mut principal = Principal {
        subject,
        backend: issuer.backend.clone(),
        permissions: Arc::new(permissions),
        expires_at: issuer.expires_at,
    };
    if let Some(ids) = request.workflow_ids {
        let mut accessible: BTreeSet<String> = ids.into_iter().collect();
        accessible.retain(|id| principal.may_name(id));
        let permissions = Arc::make_mut(&mut principal.permissions);
        permissions.workflow_ids = Allowed::Only(accessible);
        permissions.own_workflows = false;
    }
    Ok(principal)
}

fn subject(issuer: &Principal, requested: Option<String>) -> Result<Option<Arc<str>>, ErrorBody> {
    let Some(requested) = requested else {
        return Ok(issuer.subject.clone());
    };
    if !(1..=MAX_SUBJECT_BYTES).contains(&requested.len()) {
        return Err(invalid_field(format!(
            "subject: expected 1 to {MAX_SUBJECT_BYTES} bytes"
        )));
    }
    if issuer.permissions.any_user || issuer.subject.as_deref() == Some(&*requested) {
        Ok(Some(requested.into()))
    } else {
        Err(forbidden(
            "subject: these credentials do not permit acting for another user",
        ))
    }
}

fn verbs(names: &[String]) -> Result<BTreeSet<Verb>, ErrorBody> {
    let verb = |name: &String| {
        Verb::from_name(name).ok_or_else(|| invalid_field(format!("verbs: unknown verb {name:?}")))
    };
    names.iter().map(verb).collect()
}

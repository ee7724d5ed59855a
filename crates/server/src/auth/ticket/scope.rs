//! What a ticket is good for: what was asked for, and never more than the principal may do itself.

use std::{collections::BTreeSet, sync::Arc};

use fast_temporal_core::{Allowed, Permissions, Principal, Verb, owner::MAX_SUBJECT_BYTES};
use fast_temporal_protocol::{ErrorBody, ErrorCode, v1::TicketRequest};
use jiff::SignedDuration;

const DEFAULT_SECONDS: u32 = 60;
const MAX_SECONDS: u32 = 300;

/// A request that was checked against who made it.
pub(in crate::auth) struct Scoped {
    /// Whom the ticket speaks for. Its end is that of the credentials it was asked for with.
    pub(in crate::auth) principal: Principal,
    /// How long a connection may be opened with it.
    pub(in crate::auth) lifetime: SignedDuration,
}

impl Scoped {
    pub(super) fn of(issuer: &Principal, request: TicketRequest) -> Result<Self, ErrorBody> {
        let lifetime = lifetime(request.expires_in_seconds)?;
        let subject = subject(issuer, request.subject)?;
        let mut permissions = Permissions::clone(&issuer.permissions);
        // A ticket is for one subject: whoever acts for any says for which.
        permissions.any_user = false;
        if subject != issuer.subject {
            permissions.narrow_to_own();
        }
        if let Some(names) = request.verbs {
            permissions.verbs = &permissions.verbs & &verbs(&names)?;
        }
        // Or else a ticket could live on in tickets.
        permissions.verbs.remove(&Verb::Ticket);
        if let Some(names) = request.workflows {
            let names = Allowed::Only(names.into_iter().collect());
            permissions.workflows = permissions.workflows.and(&names);
            // Past the catalog there are no names that could be compared.
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
            let mut nameable: BTreeSet<String> = ids.into_iter().collect();
            nameable.retain(|id| principal.may_name(id));
            let permissions = Arc::make_mut(&mut principal.permissions);
            permissions.workflow_ids = Allowed::Only(nameable);
            permissions.own_workflows = false;
        }
        Ok(Self {
            principal,
            lifetime,
        })
    }
}

fn lifetime(seconds: Option<u32>) -> Result<SignedDuration, ErrorBody> {
    let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
    if (1..=MAX_SECONDS).contains(&seconds) {
        Ok(SignedDuration::from_secs(seconds.into()))
    } else {
        Err(invalid(format!(
            "expires_in_seconds: must be 1 to {MAX_SECONDS}"
        )))
    }
}

fn subject(issuer: &Principal, asked: Option<String>) -> Result<Option<Arc<str>>, ErrorBody> {
    let Some(asked) = asked else {
        return Ok(issuer.subject.clone());
    };
    if !(1..=MAX_SUBJECT_BYTES).contains(&asked.len()) {
        return Err(invalid(format!(
            "subject: must have 1 to {MAX_SUBJECT_BYTES} bytes"
        )));
    }
    if issuer.permissions.any_user || issuer.subject.as_deref() == Some(&*asked) {
        Ok(Some(asked.into()))
    } else {
        Err(ErrorBody::new(
            ErrorCode::Forbidden,
            "subject: these credentials do not act for somebody else",
        ))
    }
}

fn verbs(names: &[String]) -> Result<BTreeSet<Verb>, ErrorBody> {
    let verb = |name: &String| {
        Verb::from_name(name).ok_or_else(|| invalid("verbs: there is no verb of that name"))
    };
    names.iter().map(verb).collect()
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidField, message)
}

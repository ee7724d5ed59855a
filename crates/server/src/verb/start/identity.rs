//! Whose workflow it is, and what its id is.

use std::sync::Arc;

use fast_temporal_core::{
    Principal,
    owner::{self, MAX_SUBJECT_BYTES},
};
use fast_temporal_protocol::{ErrorBody, v1::StartRequest};
use uuid::Uuid;

use crate::verb::{
    access::forbidden,
    field::{check_name, invalid},
    request_key,
};

/// The longest id of a client's own, in bytes: with the longest prefix it fits Temporal's 1,000.
const MAX_OWN_ID_BYTES: usize = 500;
/// What ids begin with that name their owner.
const OWNER_MARK: char = '~';

/// Whose workflow it is, and what its id is.
pub(super) struct Identity {
    pub(super) workflow_id: Arc<str>,
    /// What Temporal tells a second start of the same request by.
    pub(super) request_key: Option<String>,
    /// Whether the workflow's id is made of the request id.
    pub(super) is_derived: bool,
    /// Whether the workflow's id was made up just now, so that no other workflow has it.
    pub(super) is_new: bool,
}

/// Whom the workflow belongs to: the principal itself, or whom it names, where it may.
struct Owner<'a> {
    name: Option<&'a str>,
    /// Whether the principal acts for them, whose workflows it need not be able to name.
    is_acted_for: bool,
}

impl Identity {
    pub(super) fn of(principal: &Principal, request: &StartRequest) -> Result<Self, ErrorBody> {
        let request_id = request.request_id.as_deref();
        request_key::check("request_id", request_id)?;
        let owner = Owner::of(principal, request)?;
        let request_key = request_id.map(|id| request_key::of(principal, owner.name, id));
        let own = match (&request.workflow_id, &request_key) {
            (Some(id), _) => {
                check_name("workflow_id", id, MAX_OWN_ID_BYTES)?;
                id.clone()
            }
            (None, Some(key)) => format!("r{key}"),
            (None, None) => Uuid::new_v4().to_string(),
        };
        let workflow_id = match owner.name {
            Some(owner) => format!("{}{own}", owner::prefix(owner)),
            None if own.starts_with(OWNER_MARK) => {
                return Err(invalid(
                    "workflow_id: must not begin with ~, which stands before an owner",
                ));
            }
            None => own,
        };
        // Whoever may not name a workflow could do nothing more with it, and must not meet one that
        // is there already.
        if !owner.is_acted_for && !principal.may_name(&workflow_id) {
            return Err(forbidden(
                "these credentials do not start workflows of this id",
            ));
        }
        Ok(Self {
            workflow_id: workflow_id.into(),
            is_derived: request.workflow_id.is_none() && request_key.is_some(),
            is_new: request.workflow_id.is_none() && request_key.is_none(),
            request_key,
        })
    }
}

impl<'a> Owner<'a> {
    fn of(principal: &'a Principal, request: &'a StartRequest) -> Result<Self, ErrorBody> {
        let subject = principal.subject.as_deref();
        let Some(owner) = request.owner.as_deref() else {
            return Ok(Self {
                name: subject,
                is_acted_for: false,
            });
        };
        check_name("owner", owner, MAX_SUBJECT_BYTES)?;
        let is_acted_for = principal.permissions.any_user;
        if is_acted_for || subject == Some(owner) {
            Ok(Self {
                name: Some(owner),
                is_acted_for,
            })
        } else {
            Err(forbidden(
                "owner: these credentials do not start workflows for somebody else",
            ))
        }
    }
}

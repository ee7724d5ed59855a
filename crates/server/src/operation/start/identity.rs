//! The owner and the id of a workflow to start.

use std::sync::Arc;

use fast_temporal_core::{
    Principal,
    owner::{self, MAX_SUBJECT_BYTES},
};
use fast_temporal_protocol::{ErrorBody, v1::StartRequest};

use crate::{
    error::{forbidden, invalid_field},
    operation::{
        request_key::{self, random_id},
        validation::check_name,
    },
};

/// Maximum length of an id that a client chooses, in bytes. With the longest owner prefix it fits
/// Temporal's limit of 1,000.
const MAX_OWN_ID_BYTES: usize = 500;
/// The first character of ids that name their owner.
const OWNER_MARK: char = '~';

/// The id of a workflow to start, and where it comes from.
pub(super) struct Identity {
    pub(super) workflow_id: Arc<str>,
    /// The key by which Temporal recognizes a retry of the same request.
    pub(super) request_key: Option<String>,
    /// Whether the workflow id is derived from the request id.
    pub(super) is_derived: bool,
    /// Whether the workflow id is random, so that no other workflow has it.
    pub(super) is_new: bool,
}

/// The owner of the workflow: the principal itself, or a user that it is permitted to act for.
struct Owner<'a> {
    name: Option<&'a str>,
    /// Whether the principal acts for the owner. Then it need not have access to the workflow.
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
            (None, None) => random_id(),
        };
        let workflow_id = match owner.name {
            Some(owner) => format!("{}{own}", owner::prefix(owner)),
            None if own.starts_with(OWNER_MARK) => {
                return Err(invalid_field(
                    "workflow_id: must not begin with ~, which is reserved for owner prefixes",
                ));
            }
            None => own,
        };
        // A principal without access to the workflow could do nothing more with it, and must not find
        // out whether one with this id exists.
        if !owner.is_acted_for && !principal.may_name(&workflow_id) {
            return Err(forbidden(
                "workflow_id: these credentials do not permit workflows with this id",
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
                "owner: these credentials do not permit starting workflows for another user",
            ))
        }
    }
}

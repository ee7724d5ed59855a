//! Which workflows a principal is permitted to list.

use std::collections::BTreeSet;

use fast_temporal_core::{
    Allowed, Principal,
    owner::{self, MAX_SUBJECT_BYTES},
    visibility_query::{Filter, TextField},
};
use fast_temporal_protocol::ErrorBody;

use crate::{error::forbidden, operation::validation::check_name};

/// Which workflows a request can list at most.
pub(super) enum Scope<'a> {
    /// All.
    All,
    /// Those of one user.
    Owner(&'a str),
    /// The principal's own, and those that it is permitted to access by id.
    Own(Option<&'a str>, &'a BTreeSet<String>),
}

impl<'a> Scope<'a> {
    pub(super) fn of(principal: &'a Principal, owner: Option<&'a str>) -> Result<Self, ErrorBody> {
        let subject = principal.owner();
        if let Some(owner) = owner {
            check_name("owner", owner, MAX_SUBJECT_BYTES)?;
            if principal.permissions.workflow_ids != Allowed::All && subject != Some(owner) {
                return Err(forbidden(
                    "owner: these credentials do not permit listing another user's workflows",
                ));
            }
            return Ok(Self::Owner(owner));
        }
        Ok(match &principal.permissions.workflow_ids {
            Allowed::All => Self::All,
            Allowed::Only(ids) => Self::Own(subject, ids),
        })
    }

    /// Whether it contains no workflow.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Own(None, ids) if ids.is_empty())
    }

    /// Whether it contains a workflow, compared byte for byte.
    pub(super) fn contains(&self, workflow_id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Owner(owner) => owner::owns(owner, workflow_id),
            Self::Own(subject, ids) => {
                ids.contains(workflow_id)
                    || subject.is_some_and(|subject| owner::owns(subject, workflow_id))
            }
        }
    }

    /// The filter for it; `None` if it contains all workflows.
    pub(super) fn filter(&self) -> Option<Filter> {
        let of_owner =
            |owner: &str| Filter::starts_with(TextField::WorkflowId, &owner::prefix(owner));
        match self {
            Self::All => None,
            Self::Owner(owner) => Some(of_owner(owner)),
            Self::Own(subject, ids) => {
                let by_id = (!ids.is_empty()).then(|| {
                    Filter::is_one_of(TextField::WorkflowId, ids.iter().map(String::as_str))
                });
                let own = subject.map(of_owner);
                Some(Filter::any(own.into_iter().chain(by_id)))
            }
        }
    }
}

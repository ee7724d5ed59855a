//! Whether a principal may do that at all, and to that workflow.

use fast_temporal_core::{Principal, Verb};
use fast_temporal_protocol::{ErrorBody, ErrorCode};

use crate::error::workflow_not_found;

/// Whether a principal may do that at all.
pub(crate) fn check_verb(principal: &Principal, verb: Verb) -> Result<(), ErrorBody> {
    if principal.may(verb) {
        Ok(())
    } else {
        Err(ErrorBody::new(
            ErrorCode::Forbidden,
            format!("these credentials do not allow the verb {verb}"),
        ))
    }
}

/// Whether a principal may do that to that workflow. One that it may not name is answered just as
/// one that is not there, and Temporal is not asked.
pub(crate) fn check_target(
    principal: &Principal,
    verb: Verb,
    workflow_id: &str,
) -> Result<(), ErrorBody> {
    check_verb(principal, verb)?;
    if principal.may_name(workflow_id) {
        Ok(())
    } else {
        Err(workflow_not_found())
    }
}

/// An error for what the credentials do not allow.
pub(super) fn forbidden(message: &'static str) -> ErrorBody {
    ErrorBody::new(ErrorCode::Forbidden, message)
}

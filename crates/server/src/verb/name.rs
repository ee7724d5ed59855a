//! Names of signals, updates and queries that clients may use.
//!
//! Names that begin with `__temporal_` are the SDKs' own, and are not for clients: with them a
//! client could put items into a workflow's stream in another's name. Of the queries under which
//! SDKs answer by themselves, `__temporal_workflow_metadata` only says which names a workflow
//! takes. The others that begin with two underscores show its insides (`__stack_trace`), so they
//! are for those who may see payloads.

use fast_temporal_core::Principal;
use fast_temporal_protocol::ErrorBody;

use super::{access::forbidden, field::check_name};

/// The longest name, in bytes: Temporal's limit.
pub(crate) const MAX_NAME_BYTES: usize = 1000;
const RESERVED: &str = "__temporal_";
const METADATA_QUERY: &str = "__temporal_workflow_metadata";

/// Checks the name of a signal or an update.
pub(crate) fn check_message_name(field: &str, name: &str) -> Result<(), ErrorBody> {
    check_name(field, name, MAX_NAME_BYTES)?;
    if name.starts_with(RESERVED) {
        return Err(forbidden(
            "names that begin with __temporal_ are reserved for Temporal's SDKs",
        ));
    }
    Ok(())
}

/// Checks the name of a query.
pub(super) fn check_query_name(principal: &Principal, name: &str) -> Result<(), ErrorBody> {
    if name == METADATA_QUERY {
        return Ok(());
    }
    check_message_name("name", name)?;
    if name.starts_with("__") && !principal.permissions.payloads {
        return Err(forbidden(
            "queries that begin with __ are for those who may see payloads",
        ));
    }
    Ok(())
}

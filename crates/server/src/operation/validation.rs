//! Checks that several operations share: permissions, values of fields, names of messages, and arguments
//! against the catalog's schemas.
//!
//! Message names that begin with `__temporal_` belong to the SDKs: a client that could send them
//! could publish to a workflow's stream as another user. Of the queries that SDKs answer by
//! themselves, `__temporal_workflow_metadata` only lists a workflow's message names. Other queries
//! that begin with `__`, such as `__stack_trace`, reveal internals, so they need permission to see
//! payloads.

use std::time::Duration;

use fast_temporal_core::{Principal, SchemaMismatch, Verb, catalog::Message};
use fast_temporal_protocol::{ErrorBody, ErrorCode, Json, path::MAX_WORKFLOW_ID_BYTES, v1::Target};
use serde_json::json;

use crate::{
    App,
    error::{forbidden, invalid_field, public_error, workflow_not_found},
};

/// Maximum length of a name, in bytes: Temporal's limit.
pub(crate) const MAX_NAME_BYTES: usize = 1000;
/// Maximum length of a reason, in bytes: Temporal's limit.
const MAX_REASON_BYTES: usize = 1000;
/// Maximum duration in a request, in seconds: about a hundred years.
const MAX_SECONDS: f64 = 3_153_600_000.0;
const RESERVED_PREFIX: &str = "__temporal_";
const METADATA_QUERY: &str = "__temporal_workflow_metadata";

/// Checks that a principal has the permission for an operation.
pub(crate) fn check_verb(principal: &Principal, verb: Verb) -> Result<(), ErrorBody> {
    if principal.may(verb) {
        Ok(())
    } else {
        Err(forbidden(format!(
            "these credentials do not permit `{verb}`"
        )))
    }
}

/// Checks that a principal has the permission for an operation on a workflow. For a workflow out of its
/// reach the error is the one for a workflow that does not exist, without a request to Temporal.
pub(crate) fn check_workflow(
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

/// The same for a run of a workflow, whose id it checks too.
pub(super) fn check_target(
    principal: &Principal,
    verb: Verb,
    target: &Target,
) -> Result<(), ErrorBody> {
    check_workflow(principal, verb, &target.workflow_id)?;
    match &target.run_id {
        Some(run_id) => check_name("run_id", run_id, MAX_WORKFLOW_ID_BYTES),
        None => Ok(()),
    }
}

/// Checks a text that names something: its length, and that it has no control characters, which some
/// of Temporal's databases reject.
pub(crate) fn check_name(field: &str, text: &str, max_bytes: usize) -> Result<(), ErrorBody> {
    if (1..=max_bytes).contains(&text.len()) && !text.contains(char::is_control) {
        Ok(())
    } else {
        Err(invalid_field(format!(
            "{field}: expected 1 to {max_bytes} bytes without control characters"
        )))
    }
}

/// Checks the name of a signal or an update.
pub(crate) fn check_message_name(field: &str, name: &str) -> Result<(), ErrorBody> {
    check_name(field, name, MAX_NAME_BYTES)?;
    if name.starts_with(RESERVED_PREFIX) {
        return Err(forbidden(format!(
            "{field}: names that begin with {RESERVED_PREFIX} are reserved for Temporal's SDKs"
        )));
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
            "name: queries that begin with __ need permission to see payloads",
        ));
    }
    Ok(())
}

/// The reason for closing a workflow; empty by default.
pub(super) fn reason(reason: Option<String>) -> Result<String, ErrorBody> {
    let reason = reason.unwrap_or_default();
    if reason.len() > MAX_REASON_BYTES {
        return Err(invalid_field(format!(
            "reason: expected at most {MAX_REASON_BYTES} bytes"
        )));
    }
    Ok(reason)
}

/// A duration, rounded up to whole milliseconds. `None` if it is absent or 0, which Temporal reads as
/// no limit.
pub(super) fn seconds(field: &str, seconds: Option<f64>) -> Result<Option<Duration>, ErrorBody> {
    let Some(seconds) = seconds else {
        return Ok(None);
    };
    if !(0.0..=MAX_SECONDS).contains(&seconds) {
        return Err(invalid_field(format!(
            "{field}: expected 0 to {MAX_SECONDS} seconds"
        )));
    }
    let rounded = Duration::from_secs_f64((seconds * 1000.0).ceil() / 1000.0);
    Ok((!rounded.is_zero()).then_some(rounded))
}

/// Checks the arguments of a signal or an update. If the catalog has a schema for them, the workflow
/// is described first, to learn its type.
pub(super) async fn check_message_args(
    app: &App,
    target: &Target,
    message: Message,
    name: &str,
    args: &[Json],
) -> Result<(), ErrorBody> {
    let catalog = &app.config.catalog;
    if !catalog.has_schema(message, name) {
        return Ok(());
    }
    let engine = app.registry.engine();
    let workflow = engine
        .describe(&target.workflow_id, target.run_id.as_deref())
        .await
        .map_err(public_error)?;
    catalog
        .check(&workflow.workflow_type, message, name, args)
        .map_err(schema_mismatch)
}

/// The error for arguments that do not match their schema.
pub(crate) fn schema_mismatch(mismatch: SchemaMismatch) -> ErrorBody {
    let message = format!("the arguments do not match their schema: {mismatch}");
    let SchemaMismatch { pointer, reason } = mismatch;
    ErrorBody::new(ErrorCode::SchemaMismatch, message)
        .with_details(&json!({"pointer": pointer, "reason": reason}))
}

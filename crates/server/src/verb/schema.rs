//! Arguments against the schemas of the catalog.

use fast_temporal_core::{SchemaMismatch, catalog::Message};
use fast_temporal_protocol::{ErrorBody, ErrorCode, Json, v1::Target};
use serde_json::json;

use crate::{App, error::public_error};

/// Checks the arguments of a signal or an update. Where the catalog says what they must be like,
/// the workflow is described first, to learn its type.
pub(super) async fn check_message(
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
        .map_err(mismatch)
}

/// What a client is told whose arguments don't fit.
pub(crate) fn mismatch(mismatch: SchemaMismatch) -> ErrorBody {
    let message = format!("the arguments do not fit: {mismatch}");
    let SchemaMismatch { pointer, reason } = mismatch;
    ErrorBody::new(ErrorCode::SchemaMismatch, message)
        .with_details(&json!({"place": pointer, "reason": reason}))
}

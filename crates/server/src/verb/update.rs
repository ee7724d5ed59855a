//! `update`

use fast_temporal_core::{
    Principal, Verb,
    catalog::Message,
    engine::{StartUpdate, UpdateOutcome, UpdateWorkflow},
};
use fast_temporal_protocol::{
    ErrorBody, ErrorCode,
    v1::{Target, UpdateRequest, UpdateResult, UpdateStage},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    access::check_target, field::check_run_id, name::check_message_name, request_key, schema,
    within,
};
use crate::{App, error::public_error};

/// Sends an update and waits until it has come as far as is asked for. What it returned is for the
/// one who sent it, and is never hidden.
pub(crate) async fn update(
    app: &App,
    principal: &Principal,
    target: Target,
    name: String,
    request: UpdateRequest,
) -> Result<UpdateResult, ErrorBody> {
    check_target(principal, Verb::Update, &target.workflow_id)?;
    check_run_id(target.run_id.as_deref())?;
    check_message_name("name", &name)?;
    request_key::check("update_id", request.update_id.as_deref())?;
    let limit = app.config.verbs.update;
    let update = StartUpdate {
        update_id: request.update_id.unwrap_or_else(new_id),
        name,
        args: request.args.0,
        wait_for: request.wait_for,
        timeout: limit,
    };
    let updated = within(limit, async {
        schema::check_message(app, &target, Message::Update, &update.name, &update.args).await?;
        let update = UpdateWorkflow {
            workflow_id: target.workflow_id.into(),
            run_id: target.run_id.map(Into::into),
            update,
        };
        app.registry
            .engine()
            .update(update)
            .await
            .map_err(public_error)
    })
    .await?;
    outcome(principal, updated)
}

/// An id for an update that the client gave none.
pub(super) fn new_id() -> String {
    Uuid::new_v4().to_string()
}

/// What an update came to: an error `update_failed` where the workflow refused it, or failed to
/// carry it out.
pub(super) fn outcome(
    principal: &Principal,
    updated: UpdateOutcome,
) -> Result<UpdateResult, ErrorBody> {
    let (stage, result) = match updated.outcome {
        None => (UpdateStage::Accepted, None),
        Some(Ok(result)) => (UpdateStage::Completed, Some(result)),
        Some(Err(mut failure)) => {
            let message = failure.root_message().to_owned();
            if !principal.permissions.payloads {
                failure.hide_payloads();
            }
            let error = ErrorBody::new(ErrorCode::UpdateFailed, message);
            return Err(error.with_details(&json!({"failure": failure})));
        }
    };
    Ok(UpdateResult {
        update_id: updated.update_id,
        run_id: updated.run_id.to_string(),
        stage,
        result,
    })
}

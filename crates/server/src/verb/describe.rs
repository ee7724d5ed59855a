//! `describe`.

use fast_temporal_core::{Principal, Verb};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{Target, WorkflowDetails},
};

use super::{
    check::{check_run_id, check_target},
    within,
};
use crate::{App, error::public_error};

/// Returns the current state of a workflow.
pub(crate) async fn describe(
    app: &App,
    principal: &Principal,
    target: Target,
) -> Result<WorkflowDetails, ErrorBody> {
    check_target(principal, Verb::Describe, &target.workflow_id)?;
    check_run_id(target.run_id.as_deref())?;
    let mut details = within(app.config.verbs.describe, async {
        let engine = app.registry.engine();
        engine
            .details(&target.workflow_id, target.run_id.as_deref())
            .await
            .map_err(public_error)
    })
    .await?;
    if !principal.permissions.payloads {
        for activity in &mut details.pending_activities {
            activity.hide_payloads();
        }
    }
    Ok(details)
}

//! `describe`.

use fast_temporal_core::{Principal, Verb};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{Target, WorkflowDetails},
};

use super::{call, validation::check_target};
use crate::App;

/// Returns the current state of a workflow.
pub(crate) async fn describe(
    app: &App,
    principal: &Principal,
    target: Target,
) -> Result<WorkflowDetails, ErrorBody> {
    check_target(principal, Verb::Describe, &target)?;
    let engine = app.registry.engine();
    let details = engine.details(&target.workflow_id, target.run_id.as_deref());
    let mut details = call(app.config.timeouts.describe, details).await?;
    if !principal.permissions.payloads {
        for activity in &mut details.pending_activities {
            activity.hide_payloads();
        }
    }
    Ok(details)
}

//! `cancel` and `terminate`.

use fast_temporal_core::{Principal, Verb, engine::CloseWorkflow};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{CancelRequest, Empty, Target, TerminateRequest},
};

use super::{
    call, request_key,
    validation::{check_target, reason},
};
use crate::App;

/// Requests that a workflow cancel itself. Returns when Temporal has accepted the request.
pub(crate) async fn cancel(
    app: &App,
    principal: &Principal,
    target: Target,
    request: CancelRequest,
) -> Result<Empty, ErrorBody> {
    check_target(principal, Verb::Cancel, &target)?;
    let cancel = CloseWorkflow {
        workflow_id: target.workflow_id.into(),
        run_id: target.run_id.map(Into::into),
        request_id: request_key::of_request(principal, request.request_id.as_deref())?,
        reason: reason(request.reason)?,
    };
    let engine = app.registry.engine();
    call(app.config.timeouts.cancel, engine.cancel(cancel)).await?;
    Ok(Empty {})
}

/// Closes a workflow at once, without its worker.
pub(crate) async fn terminate(
    app: &App,
    principal: &Principal,
    target: Target,
    request: TerminateRequest,
) -> Result<Empty, ErrorBody> {
    check_target(principal, Verb::Terminate, &target)?;
    let terminate = CloseWorkflow {
        workflow_id: target.workflow_id.into(),
        run_id: target.run_id.map(Into::into),
        reason: reason(request.reason)?,
        request_id: None,
    };
    let engine = app.registry.engine();
    call(app.config.timeouts.terminate, engine.terminate(terminate)).await?;
    Ok(Empty {})
}

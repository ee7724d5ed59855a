//! `cancel` and `terminate`.

use fast_temporal_core::{Principal, Verb, engine::CloseWorkflow};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{CancelRequest, Empty, Target, TerminateRequest},
};

use super::{
    check::{check_run_id, check_target, reason},
    request_key, within,
};
use crate::{App, error::public_error};

/// Requests that a workflow cancel itself. Returns when Temporal has accepted the request.
pub(crate) async fn cancel(
    app: &App,
    principal: &Principal,
    target: Target,
    request: CancelRequest,
) -> Result<Empty, ErrorBody> {
    check_target(principal, Verb::Cancel, &target.workflow_id)?;
    check_run_id(target.run_id.as_deref())?;
    request_key::check("request_id", request.request_id.as_deref())?;
    let request_id = request.request_id;
    let cancel = CloseWorkflow {
        workflow_id: target.workflow_id.into(),
        run_id: target.run_id.map(Into::into),
        reason: reason(request.reason)?,
        request_id: request_id.map(|id| request_key::of(principal, None, &id)),
    };
    within(app.config.verbs.cancel, async {
        let engine = app.registry.engine();
        engine.cancel(cancel).await.map_err(public_error)
    })
    .await?;
    Ok(Empty {})
}

/// Closes a workflow at once, without its worker.
pub(crate) async fn terminate(
    app: &App,
    principal: &Principal,
    target: Target,
    request: TerminateRequest,
) -> Result<Empty, ErrorBody> {
    check_target(principal, Verb::Terminate, &target.workflow_id)?;
    check_run_id(target.run_id.as_deref())?;
    let terminate = CloseWorkflow {
        workflow_id: target.workflow_id.into(),
        run_id: target.run_id.map(Into::into),
        reason: reason(request.reason)?,
        request_id: None,
    };
    within(app.config.verbs.terminate, async {
        let engine = app.registry.engine();
        engine.terminate(terminate).await.map_err(public_error)
    })
    .await?;
    Ok(Empty {})
}

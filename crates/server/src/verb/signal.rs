//! `signal`

use fast_temporal_core::{Principal, Verb, catalog::Message, engine::SignalWorkflow};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{Empty, SignalRequest, Target},
};

use super::{
    access::check_target, field::check_run_id, name::check_message_name, request_key, schema,
    within,
};
use crate::{App, error::public_error};

/// Sends a signal. It is answered when Temporal has it, not when the workflow has handled it.
pub(crate) async fn signal(
    app: &App,
    principal: &Principal,
    target: Target,
    name: String,
    request: SignalRequest,
) -> Result<Empty, ErrorBody> {
    check_target(principal, Verb::Signal, &target.workflow_id)?;
    check_run_id(target.run_id.as_deref())?;
    check_message_name("name", &name)?;
    request_key::check("request_id", request.request_id.as_deref())?;
    let args = request.args.0;
    let request_id = request.request_id;
    within(app.config.verbs.signal, async {
        schema::check_message(app, &target, Message::Signal, &name, &args).await?;
        let signal = SignalWorkflow {
            workflow_id: target.workflow_id.into(),
            run_id: target.run_id.map(Into::into),
            name,
            args,
            request_id: request_id.map(|id| request_key::of(principal, None, &id)),
        };
        app.registry
            .engine()
            .signal(signal)
            .await
            .map_err(public_error)
    })
    .await?;
    Ok(Empty {})
}

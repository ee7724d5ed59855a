//! `signal`, `query` and `update`.

use fast_temporal_core::{
    EngineError, Principal, Verb,
    catalog::Message,
    engine::{Query, SignalWorkflow, StartUpdate, UpdateOutcome, UpdateWorkflow},
};
use fast_temporal_protocol::{
    ErrorBody, ErrorCode,
    v1::{
        Empty, QueryRequest, QueryResult, SignalRequest, Target, UpdateRequest, UpdateResult,
        UpdateStage,
    },
};
use serde_json::json;

use super::{
    request_key::{self, random_id},
    validation::{check_message_args, check_message_name, check_query_name, check_target},
    within,
};
use crate::{App, error::public_error};

/// Sends a signal. Returns when Temporal has accepted it, not when the workflow has handled it.
pub(crate) async fn signal(
    app: &App,
    principal: &Principal,
    target: Target,
    name: String,
    request: SignalRequest,
) -> Result<Empty, ErrorBody> {
    check_target(principal, Verb::Signal, &target)?;
    check_message_name("name", &name)?;
    let request_id = request_key::of_request(principal, request.request_id.as_deref())?;
    let args = request.args.0;
    within(app.config.timeouts.signal, async {
        check_message_args(app, &target, Message::Signal, &name, &args).await?;
        let signal = SignalWorkflow {
            workflow_id: target.workflow_id.into(),
            run_id: target.run_id.map(Into::into),
            name,
            args,
            request_id,
        };
        let engine = app.registry.engine();
        engine.signal(signal).await.map_err(public_error)
    })
    .await?;
    Ok(Empty {})
}

/// Queries a workflow by one of its workers. The answer belongs to the caller, so permission to see
/// payloads does not apply to it.
pub(crate) async fn query(
    app: &App,
    principal: &Principal,
    target: Target,
    name: String,
    request: QueryRequest,
) -> Result<QueryResult, ErrorBody> {
    check_target(principal, Verb::Query, &target)?;
    check_query_name(principal, &name)?;
    let limit = app.config.timeouts.query;
    let query = Query {
        workflow_id: target.workflow_id.into(),
        run_id: target.run_id.map(Into::into),
        name,
        args: request.args.0,
        timeout: limit,
    };
    let result = within(limit, async {
        let answer = app.registry.engine().query(query).await;
        answer.map_err(|error| query_error(principal, error))
    })
    .await?;
    Ok(QueryResult { result })
}

/// The error of a query, with the failure that the workflow answered with.
fn query_error(principal: &Principal, mut error: EngineError) -> ErrorBody {
    let Some(mut failure) = error.failure.take() else {
        return public_error(error);
    };
    if !principal.permissions.payloads {
        failure.hide_payloads();
    }
    public_error(error).with_details(&json!({"failure": failure}))
}

/// Sends an update and waits for the requested stage. The result belongs to the caller, so permission
/// to see payloads does not apply to it.
pub(crate) async fn update(
    app: &App,
    principal: &Principal,
    target: Target,
    name: String,
    request: UpdateRequest,
) -> Result<UpdateResult, ErrorBody> {
    check_target(principal, Verb::Update, &target)?;
    check_message_name("name", &name)?;
    request_key::check("update_id", request.update_id.as_deref())?;
    let limit = app.config.timeouts.update;
    let update = StartUpdate {
        update_id: request.update_id.unwrap_or_else(random_id),
        name,
        args: request.args.0,
        wait_for: request.wait_for,
        timeout: limit,
    };
    let outcome = within(limit, async {
        check_message_args(app, &target, Message::Update, &update.name, &update.args).await?;
        let update = UpdateWorkflow {
            workflow_id: target.workflow_id.into(),
            run_id: target.run_id.map(Into::into),
            update,
        };
        let engine = app.registry.engine();
        engine.update(update).await.map_err(public_error)
    })
    .await?;
    update_result(principal, outcome)
}

/// The result of an update, or `update_failed` if the workflow rejected it or failed to complete it.
pub(super) fn update_result(
    principal: &Principal,
    update: UpdateOutcome,
) -> Result<UpdateResult, ErrorBody> {
    let (stage, result) = match update.outcome {
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
        update_id: update.update_id,
        run_id: update.run_id.to_string(),
        stage,
        result,
    })
}

//! `query`

use fast_temporal_core::{EngineError, Principal, Verb, engine::Query};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{QueryRequest, QueryResult, Target},
};
use serde_json::json;

use super::{access::check_target, field::check_run_id, name::check_query_name, within};
use crate::{App, error::public_error};

/// Asks the workflow's worker. The answer is for the one who asks, and is never hidden.
pub(crate) async fn query(
    app: &App,
    principal: &Principal,
    target: Target,
    name: String,
    request: QueryRequest,
) -> Result<QueryResult, ErrorBody> {
    check_target(principal, Verb::Query, &target.workflow_id)?;
    check_run_id(target.run_id.as_deref())?;
    check_query_name(principal, &name)?;
    let limit = app.config.verbs.query;
    let query = Query {
        workflow_id: target.workflow_id.into(),
        run_id: target.run_id.map(Into::into),
        name,
        args: request.args.0,
        timeout: limit,
    };
    let result = within(limit, async {
        let answer = app.registry.engine().query(query).await;
        answer.map_err(|error| failed(principal, error))
    })
    .await?;
    Ok(QueryResult { result })
}

/// What the client is told, with what the workflow says went wrong.
fn failed(principal: &Principal, mut error: EngineError) -> ErrorBody {
    let Some(mut failure) = error.failure.take() else {
        return public_error(error);
    };
    if !principal.permissions.payloads {
        failure.hide_payloads();
    }
    public_error(error).with_details(&json!({"failure": failure}))
}

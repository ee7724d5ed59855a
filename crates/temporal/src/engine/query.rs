//! Asks workflows' workers.

use fast_temporal_core::{EngineError, EngineErrorKind, engine::Query};
use fast_temporal_protocol::{Failure, Json};
use temporalio_common::protos::temporal::api::{
    enums::v1::QueryRejectCondition, errordetails::v1::QueryFailedFailure,
    query::v1::WorkflowQuery, workflowservice::v1::QueryWorkflowRequest,
};

use super::{argument::payloads, execution};
use crate::{
    failure, payload,
    rpc::{Failed, Rpc},
};

/// Asks a query. Closed workflows answer, too, as long as a worker is there.
pub(super) async fn query(rpc: &Rpc, query: Query) -> Result<Json, EngineError> {
    let mut request = QueryWorkflowRequest {
        namespace: rpc.namespace.as_ref().into(),
        execution: Some(execution(&query.workflow_id, query.run_id.as_deref())),
        query: Some(WorkflowQuery {
            query_type: query.name,
            query_args: payloads(&query.args),
            ..Default::default()
        }),
        query_reject_condition: QueryRejectCondition::None.into(),
    };
    rpc.codec.encode(&mut request).await?;
    let asked = rpc
        .attempt(query.timeout, request, |mut service, request| async move {
            service.query_workflow(request).await
        })
        .await;
    match asked {
        Ok(mut response) => {
            rpc.codec.decode(&mut response).await?;
            Ok(payload::first(response.query_result))
        }
        Err(failed) => Err(refusal(rpc, failed).await?),
    }
}

/// Why there is no answer, with what the workflow says went wrong.
async fn refusal(rpc: &Rpc, failed: Failed) -> Result<EngineError, EngineError> {
    let details: Option<QueryFailedFailure> = failed.detail("QueryFailedFailure");
    let error = EngineError::from(failed);
    if error.kind != EngineErrorKind::QueryFailed {
        return Ok(error);
    }
    let failure = match details.and_then(|details| details.failure) {
        Some(mut failure) => {
            rpc.codec.decode(&mut failure).await?;
            Some(failure::shown(failure))
        }
        // Workers in Rust send the text alone.
        None => Failure::from_text(&error.message),
    };
    Ok(match failure {
        Some(failure) => error.with_failure(failure),
        None => error,
    })
}

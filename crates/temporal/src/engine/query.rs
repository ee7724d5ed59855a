//! Queries.

use fast_temporal_core::{EngineError, EngineErrorKind, engine::Query};
use fast_temporal_protocol::{Failure, Json};
use temporalio_common::protos::temporal::api::{
    enums::v1::QueryRejectCondition, errordetails::v1::QueryFailedFailure,
    query::v1::WorkflowQuery, workflowservice::v1::QueryWorkflowRequest,
};

use crate::{
    failure, payload,
    rpc::{Rpc, execution},
    rpc_error::RpcError,
};

/// Queries a workflow's worker. Closed workflows answer too while a worker is running.
pub(super) async fn query(rpc: &Rpc, query: Query) -> Result<Json, EngineError> {
    let mut request = QueryWorkflowRequest {
        namespace: rpc.namespace(),
        execution: Some(execution(&query.workflow_id, query.run_id.as_deref())),
        query: Some(WorkflowQuery {
            query_type: query.name,
            query_args: payload::from_args(&query.args),
            ..Default::default()
        }),
        query_reject_condition: QueryRejectCondition::None.into(),
    };
    rpc.codec.encode(&mut request).await?;
    let outcome = rpc
        .call_within(query.timeout, request, async |mut service, request| {
            service.query_workflow(request).await
        })
        .await;
    match outcome {
        Ok(mut response) => {
            rpc.codec.decode(&mut response).await?;
            Ok(payload::first(response.query_result))
        }
        Err(error) => Err(add_failure(rpc, error).await?),
    }
}

/// Converts the error, and adds the failure that the workflow answered with.
async fn add_failure(rpc: &Rpc, error: RpcError) -> Result<EngineError, EngineError> {
    let details: Option<QueryFailedFailure> = error.detail("QueryFailedFailure");
    let error = EngineError::from(error);
    if error.kind != EngineErrorKind::QueryFailed {
        return Ok(error);
    }
    let failure = match details.and_then(|details| details.failure) {
        Some(mut failure) => {
            rpc.codec.decode(&mut failure).await?;
            Some(failure::public(failure))
        }
        // Workers in Rust send only a text.
        None => Failure::from_text(&error.message),
    };
    Ok(match failure {
        Some(failure) => error.with_failure(failure),
        None => error,
    })
}

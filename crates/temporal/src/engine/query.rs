//! Asks workflows' workers.

use fast_temporal_core::{EngineError, engine::Query};
use fast_temporal_protocol::Json;
use temporalio_common::protos::temporal::api::{
    enums::v1::QueryRejectCondition, query::v1::WorkflowQuery,
    workflowservice::v1::QueryWorkflowRequest,
};

use super::{argument::payloads, execution};
use crate::{payload, rpc::Rpc};

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
    let mut response = rpc
        .call(query.timeout, request, |mut service, request| async move {
            service.query_workflow(request).await
        })
        .await?;
    rpc.codec.decode(&mut response).await?;
    Ok(payload::first(response.query_result))
}

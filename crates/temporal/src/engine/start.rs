//! Starts workflows.

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartWorkflow, Started},
};
use fast_temporal_protocol::Json;
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowType,
    enums::v1::{TaskQueueKind, WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    taskqueue::v1::TaskQueue,
    workflowservice::v1::{SignalWithStartWorkflowExecutionRequest, StartWorkflowExecutionRequest},
};
use uuid::Uuid;

use super::argument::payloads;
use crate::rpc::Rpc;

/// Starts a workflow, with its start signal in the same request where it has one.
pub(super) async fn start(rpc: &Rpc, mut start: StartWorkflow) -> Result<Started, EngineError> {
    let result = match start.signal.take() {
        Some((name, args)) => signal_with_start(rpc, &start, name, &args).await,
        None => plain_start(rpc, &start).await,
    };
    match &result {
        Ok(started) => tracing::debug!(
            workflow_id = %start.workflow_id,
            run_id = %started.run_id,
            workflow_type = start.workflow_type,
            "started a workflow",
        ),
        Err(error) => tracing::debug!(
            workflow_id = %start.workflow_id,
            workflow_type = start.workflow_type,
            kind = ?error.kind,
            "could not start a workflow",
        ),
    }
    result
}

async fn plain_start(rpc: &Rpc, start: &StartWorkflow) -> Result<Started, EngineError> {
    let mut request = StartWorkflowExecutionRequest {
        namespace: rpc.namespace.as_ref().into(),
        workflow_id: start.workflow_id.as_ref().into(),
        workflow_type: Some(WorkflowType {
            name: start.workflow_type.clone(),
        }),
        task_queue: Some(task_queue(&start.task_queue)),
        input: payloads(&start.args),
        identity: rpc.identity.clone(),
        request_id: Uuid::new_v4().to_string(),
        workflow_id_reuse_policy: WorkflowIdReusePolicy::RejectDuplicate.into(),
        workflow_id_conflict_policy: WorkflowIdConflictPolicy::Fail.into(),
        ..Default::default()
    };
    rpc.codec.encode(&mut request).await?;
    let response = rpc
        .call(
            rpc.request_timeout,
            request,
            |mut service, request| async move { service.start_workflow_execution(request).await },
        )
        .await?;
    Ok(Started {
        run_id: response.run_id.into(),
    })
}

/// Temporal takes no conflict policy but "use the existing one" here: a workflow that runs already
/// under the id gets the signal, and what tells is that the answer says nothing was started.
async fn signal_with_start(
    rpc: &Rpc,
    start: &StartWorkflow,
    signal_name: String,
    signal_args: &[Json],
) -> Result<Started, EngineError> {
    let mut request = SignalWithStartWorkflowExecutionRequest {
        namespace: rpc.namespace.as_ref().into(),
        workflow_id: start.workflow_id.as_ref().into(),
        workflow_type: Some(WorkflowType {
            name: start.workflow_type.clone(),
        }),
        task_queue: Some(task_queue(&start.task_queue)),
        input: payloads(&start.args),
        identity: rpc.identity.clone(),
        request_id: Uuid::new_v4().to_string(),
        workflow_id_reuse_policy: WorkflowIdReusePolicy::RejectDuplicate.into(),
        workflow_id_conflict_policy: WorkflowIdConflictPolicy::UseExisting.into(),
        signal_name,
        signal_input: payloads(signal_args),
        ..Default::default()
    };
    rpc.codec.encode(&mut request).await?;
    let response = rpc
        .call(
            rpc.request_timeout,
            request,
            |mut service, request| async move {
                service.signal_with_start_workflow_execution(request).await
            },
        )
        .await?;
    if !response.started {
        return Err(EngineError::new(
            EngineErrorKind::AlreadyStarted,
            format!("workflow {} runs already", start.workflow_id),
        ));
    }
    Ok(Started {
        run_id: response.run_id.into(),
    })
}

fn task_queue(name: &str) -> TaskQueue {
    TaskQueue {
        name: name.into(),
        kind: TaskQueueKind::Normal.into(),
        ..Default::default()
    }
}

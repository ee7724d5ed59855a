//! Everything that Temporal says of a run.

mod activity;

use std::collections::{BTreeMap, HashMap};

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::{
    Json,
    v1::{PendingWorkflowTask, WorkflowDetails},
};
use temporalio_common::protos::temporal::api::{
    common::v1::Payload, enums::v1::PendingWorkflowTaskState,
    workflow::v1::PendingWorkflowTaskInfo, workflowservice::v1::DescribeWorkflowExecutionResponse,
};

use super::{
    describe,
    list::{status, time},
};
use crate::{payload, rpc::Rpc};

/// Describes one run, or the current one, with all that is pending.
pub(super) async fn details(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: Option<&str>,
) -> Result<WorkflowDetails, EngineError> {
    let mut response = describe::ask(rpc, workflow_id, run_id).await?;
    rpc.codec.decode(&mut response).await?;
    let DescribeWorkflowExecutionResponse {
        workflow_execution_info,
        pending_activities,
        pending_children,
        pending_workflow_task,
        ..
    } = response;
    let info = workflow_execution_info.unwrap_or_default();
    let run_id = info.execution.clone().unwrap_or_default().run_id;
    let first_run_id = describe::first_run_id(rpc, workflow_id, &info).await?;
    let start_time = info.start_time.and_then(|t| time(t.seconds, t.nanos));
    Ok(WorkflowDetails {
        workflow_id: workflow_id.to_owned(),
        run_id,
        first_run_id,
        status: status(info.status()),
        workflow_type: info.r#type.unwrap_or_default().name,
        task_queue: info.task_queue,
        start_time: start_time.ok_or_else(|| {
            EngineError::new(
                EngineErrorKind::Internal,
                "Temporal described a run without saying when it began",
            )
        })?,
        close_time: info.close_time.and_then(|t| time(t.seconds, t.nanos)),
        history_events: count(info.history_length),
        history_bytes: count(info.history_size_bytes),
        memo: values(info.memo.unwrap_or_default().fields),
        search_attributes: values(info.search_attributes.unwrap_or_default().indexed_fields),
        parent_workflow_id: info.parent_execution.map(|parent| parent.workflow_id),
        pending_activities: pending_activities
            .into_iter()
            .map(activity::pending)
            .collect(),
        pending_workflow_task: pending_workflow_task.map(|task| workflow_task(&task)),
        pending_children: pending_children.len() as u64,
    })
}

fn workflow_task(task: &PendingWorkflowTaskInfo) -> PendingWorkflowTask {
    PendingWorkflowTask {
        started: task.state() == PendingWorkflowTaskState::Started,
        attempt: u32::try_from(task.attempt).unwrap_or_default(),
    }
}

fn values(payloads: HashMap<String, Payload>) -> BTreeMap<String, Json> {
    let values = payloads.into_iter();
    values
        .map(|(key, value)| (key, payload::json(value)))
        .collect()
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

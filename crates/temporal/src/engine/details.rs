//! Describes runs in full: memo, search attributes, and what is pending.

use std::collections::{BTreeMap, HashMap};

use fast_temporal_core::EngineError;
use fast_temporal_protocol::{
    Json,
    v1::{PendingActivity, PendingActivityState, PendingWorkflowTask, WorkflowDetails},
};
use temporalio_common::protos::temporal::api::{
    common::v1::Payload,
    enums::v1::{PendingActivityState as ActivityState, PendingWorkflowTaskState},
    workflow::v1::{PendingActivityInfo, PendingWorkflowTaskInfo},
    workflowservice::v1::DescribeWorkflowExecutionResponse,
};

use super::describe::{describe_run, first_run_id, start_time, status, timestamp};
use crate::{failure, payload, rpc::Rpc};

/// Describes one run, or the current one.
pub(super) async fn details(
    rpc: &Rpc,
    workflow_id: &str,
    run_id: Option<&str>,
) -> Result<WorkflowDetails, EngineError> {
    let mut response = describe_run(rpc, workflow_id, run_id).await?;
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
    let first_run_id = first_run_id(rpc, workflow_id, &info).await?;
    Ok(WorkflowDetails {
        workflow_id: workflow_id.to_owned(),
        run_id,
        first_run_id,
        status: status(info.status()),
        start_time: start_time(&info)?,
        workflow_type: info.r#type.unwrap_or_default().name,
        task_queue: info.task_queue,
        close_time: info.close_time.and_then(|t| timestamp(t.seconds, t.nanos)),
        history_events: count(info.history_length),
        history_bytes: count(info.history_size_bytes),
        memo: values(info.memo.unwrap_or_default().fields),
        search_attributes: values(info.search_attributes.unwrap_or_default().indexed_fields),
        parent_workflow_id: info.parent_execution.map(|parent| parent.workflow_id),
        pending_activities: pending_activities.into_iter().map(activity).collect(),
        pending_workflow_task: pending_workflow_task.map(|task| workflow_task(&task)),
        pending_children: pending_children.len() as u64,
    })
}

fn activity(activity: PendingActivityInfo) -> PendingActivity {
    let state = match activity.state() {
        ActivityState::Paused | ActivityState::PauseRequested => PendingActivityState::Paused,
        ActivityState::CancelRequested => PendingActivityState::CancelRequested,
        ActivityState::Started => PendingActivityState::Started,
        ActivityState::Scheduled | ActivityState::Unspecified => PendingActivityState::Scheduled,
    };
    let next_attempt = activity.next_attempt_schedule_time;
    PendingActivity {
        state,
        activity_id: activity.activity_id,
        activity_type: activity.activity_type.unwrap_or_default().name,
        attempt: number(activity.attempt),
        maximum_attempts: Some(number(activity.maximum_attempts)).filter(|limit| *limit > 0),
        last_heartbeat_time: activity
            .last_heartbeat_time
            .and_then(|t| timestamp(t.seconds, t.nanos)),
        heartbeat_details: payload::all(activity.heartbeat_details),
        last_failure: activity.last_failure.map(failure::public),
        last_started_time: activity
            .last_started_time
            .and_then(|t| timestamp(t.seconds, t.nanos)),
        next_attempt_time: next_attempt.and_then(|t| timestamp(t.seconds, t.nanos)),
    }
}

fn workflow_task(task: &PendingWorkflowTaskInfo) -> PendingWorkflowTask {
    PendingWorkflowTask {
        started: task.state() == PendingWorkflowTaskState::Started,
        attempt: number(task.attempt),
    }
}

fn values(payloads: HashMap<String, Payload>) -> BTreeMap<String, Json> {
    let values = payloads.into_iter();
    values
        .map(|(key, value)| (key, payload::json(value)))
        .collect()
}

fn number(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

//! The requests that start workflows.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartOptions, StartWorkflow},
};
use fast_temporal_protocol::{
    Json,
    v1::{self, IdConflictPolicy, IdReusePolicy},
};
use temporalio_common::protos::temporal::api::{
    common::v1::{Memo, Payload, RetryPolicy, SearchAttributes, WorkflowType},
    enums::v1::{TaskQueueKind, WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    sdk::v1::UserMetadata,
    taskqueue::v1::TaskQueue,
    workflowservice::v1::{SignalWithStartWorkflowExecutionRequest, StartWorkflowExecutionRequest},
};

use super::idempotency;
use crate::{payload, rpc::Rpc};

/// Makes the request of a plain start. The codec has not encoded its payloads yet.
pub(super) fn start_request(
    rpc: &Rpc,
    start: &StartWorkflow,
) -> Result<StartWorkflowExecutionRequest, EngineError> {
    let StartOptions {
        memo,
        search_attributes,
        execution_timeout,
        run_timeout,
        task_timeout,
        start_delay,
        cron_schedule,
        retry_policy,
        summary,
        details,
    } = &start.options;
    Ok(StartWorkflowExecutionRequest {
        namespace: rpc.namespace(),
        workflow_id: start.workflow_id.as_ref().into(),
        workflow_type: Some(WorkflowType {
            name: start.workflow_type.clone(),
        }),
        task_queue: Some(TaskQueue {
            name: start.task_queue.clone(),
            kind: TaskQueueKind::Normal.into(),
            ..Default::default()
        }),
        input: payload::from_args(&start.args),
        identity: rpc.identity.clone(),
        request_id: idempotency::request_id(start),
        workflow_id_reuse_policy: reuse_policy(start.reuse).into(),
        workflow_id_conflict_policy: conflict_policy(start.conflict).into(),
        memo: (!memo.is_empty()).then(|| Memo {
            fields: payloads(memo),
        }),
        // No codec encodes search attributes: Temporal reads them, and converts the JSON to the types
        // that the namespace defines.
        search_attributes: (!search_attributes.is_empty()).then(|| SearchAttributes {
            indexed_fields: payloads(search_attributes),
        }),
        workflow_execution_timeout: duration(*execution_timeout)?,
        workflow_run_timeout: duration(*run_timeout)?,
        workflow_task_timeout: duration(*task_timeout)?,
        workflow_start_delay: duration(*start_delay)?,
        cron_schedule: cron_schedule.clone().unwrap_or_default(),
        retry_policy: retry_policy.as_ref().map(retry).transpose()?,
        user_metadata: (summary.is_some() || details.is_some()).then(|| UserMetadata {
            summary: summary.as_deref().map(text),
            details: details.as_deref().map(text),
        }),
        ..Default::default()
    })
}

/// Adds a signal to the request of a plain start.
pub(super) fn with_signal(
    start: StartWorkflowExecutionRequest,
    signal_name: &str,
    signal_args: &[Json],
) -> SignalWithStartWorkflowExecutionRequest {
    SignalWithStartWorkflowExecutionRequest {
        signal_name: signal_name.to_owned(),
        signal_input: payload::from_args(signal_args),
        namespace: start.namespace,
        workflow_id: start.workflow_id,
        workflow_type: start.workflow_type,
        task_queue: start.task_queue,
        input: start.input,
        identity: start.identity,
        request_id: start.request_id,
        workflow_id_reuse_policy: start.workflow_id_reuse_policy,
        workflow_id_conflict_policy: start.workflow_id_conflict_policy,
        memo: start.memo,
        search_attributes: start.search_attributes,
        workflow_execution_timeout: start.workflow_execution_timeout,
        workflow_run_timeout: start.workflow_run_timeout,
        workflow_task_timeout: start.workflow_task_timeout,
        workflow_start_delay: start.workflow_start_delay,
        cron_schedule: start.cron_schedule,
        retry_policy: start.retry_policy,
        user_metadata: start.user_metadata,
        ..Default::default()
    }
}

fn payloads(values: &BTreeMap<String, Json>) -> HashMap<String, Payload> {
    let values = values.iter();
    values
        .map(|(name, value)| (name.clone(), payload::from_json(value)))
        .collect()
}

fn reuse_policy(policy: IdReusePolicy) -> WorkflowIdReusePolicy {
    match policy {
        IdReusePolicy::AllowDuplicate => WorkflowIdReusePolicy::AllowDuplicate,
        IdReusePolicy::AllowDuplicateFailedOnly => WorkflowIdReusePolicy::AllowDuplicateFailedOnly,
        IdReusePolicy::RejectDuplicate => WorkflowIdReusePolicy::RejectDuplicate,
    }
}

fn conflict_policy(policy: IdConflictPolicy) -> WorkflowIdConflictPolicy {
    match policy {
        IdConflictPolicy::Fail => WorkflowIdConflictPolicy::Fail,
        IdConflictPolicy::UseExisting => WorkflowIdConflictPolicy::UseExisting,
        IdConflictPolicy::TerminateExisting => WorkflowIdConflictPolicy::TerminateExisting,
    }
}

fn retry(policy: &v1::RetryPolicy) -> Result<RetryPolicy, EngineError> {
    let seconds = |seconds: Option<f64>| {
        let interval = seconds.map(Duration::try_from_secs_f64).transpose();
        interval.map_err(|error| invalid(&format!("retry_policy: {error}")))
    };
    let attempts = i32::try_from(policy.maximum_attempts.unwrap_or_default());
    Ok(RetryPolicy {
        initial_interval: duration(seconds(policy.initial_interval_seconds)?)?,
        backoff_coefficient: policy.backoff_coefficient.unwrap_or_default(),
        maximum_interval: duration(seconds(policy.maximum_interval_seconds)?)?,
        maximum_attempts: attempts
            .map_err(|_| invalid("retry_policy: maximum_attempts is too large"))?,
        non_retryable_error_types: policy.non_retryable_error_types.clone(),
    })
}

/// Converts a duration to protobuf's. `T` is that type, whose name depends on the SDK's features.
fn duration<T: TryFrom<Duration>>(duration: Option<Duration>) -> Result<Option<T>, EngineError> {
    let converted = duration.map(T::try_from).transpose();
    converted.map_err(|_| invalid("a duration is too long"))
}

fn text(text: &str) -> Payload {
    payload::from_json(&Json::from_value(&text).unwrap_or_default())
}

fn invalid(message: &str) -> EngineError {
    EngineError::new(EngineErrorKind::Invalid, message)
}

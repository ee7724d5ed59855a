//! Finds out whether an existing workflow was started by the same request.

use std::{collections::HashMap, sync::Arc};

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartOutcome, StartWorkflow},
};
use fast_temporal_protocol::v1::{IdConflictPolicy, IdReusePolicy};
use temporalio_common::protos::temporal::api::{
    enums::v1::EventType,
    errordetails::v1::WorkflowExecutionAlreadyStartedFailure,
    workflow::v1::{RequestIdInfo, WorkflowExecutionInfo},
    workflowservice::v1::DescribeWorkflowExecutionResponse,
};
use uuid::Uuid;

use crate::{
    engine::describe::{describe_run, first_run_id, status},
    rpc::Rpc,
    rpc_error::RpcError,
};

/// Separates a request's id from the suffix that makes each attempt's id unique.
const ATTEMPT_SEPARATOR: char = '/';
/// The length of the suffix, a UUID.
const ATTEMPT_BYTES: usize = 36;

/// Returns the request id to send to Temporal.
///
/// Temporal answers a repeated request id as it answered the first one, so the caller can't tell whether
/// a workflow was started. If the workflow id is never reused, each attempt therefore has an id of its
/// own with the request's id as prefix: Temporal's rejection contains the id that started the existing
/// workflow. With a signal, or if the workflow id may be reused, only an identical request id makes
/// Temporal drop the repeated request.
pub(super) fn request_id(start: &StartWorkflow) -> String {
    let attempt = Uuid::new_v4();
    match &start.request_id {
        Some(id) if is_never_reused(start) && start.signal.is_none() => {
            format!("{id}{ATTEMPT_SEPARATOR}{attempt}")
        }
        Some(id) => id.clone(),
        None => attempt.to_string(),
    }
}

fn is_never_reused(start: &StartWorkflow) -> bool {
    start.reuse == IdReusePolicy::RejectDuplicate
}

/// Returns the run that an earlier start of the same request started, unless Temporal itself rejects a
/// repeated start. It does not if a later run of the chain may be used, or the id reused.
pub(super) async fn earlier_start(
    rpc: &Rpc,
    start: &StartWorkflow,
) -> Result<Option<Arc<str>>, EngineError> {
    let is_rejected = is_never_reused(start) && start.conflict == IdConflictPolicy::Fail;
    if start.request_id.is_none() || is_rejected {
        return Ok(None);
    }
    Ok(look_up(rpc, start).await?.started_by_request)
}

/// Returns whether a request id that Temporal stored is of the start's request, in either form.
fn is_same_request(start: &StartWorkflow, stored: &str) -> bool {
    let Some(id) = &start.request_id else {
        return false;
    };
    let suffix = stored.strip_prefix(id.as_str());
    suffix.is_some_and(|suffix| {
        suffix.is_empty()
            || suffix.starts_with(ATTEMPT_SEPARATOR)
                && suffix.len() == ATTEMPT_SEPARATOR.len_utf8() + ATTEMPT_BYTES
    })
}

/// The current workflow of an id, if there is one.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) is_running: bool,
    /// The first run of its chain, if the same request started that.
    pub(super) started_by_request: Option<Arc<str>>,
}

/// Looks up the current workflow of the start's id.
pub(super) async fn look_up(rpc: &Rpc, start: &StartWorkflow) -> Result<Found, EngineError> {
    let current = match describe_run(rpc, &start.workflow_id, None).await {
        Ok(response) => response,
        Err(error) if error.kind == EngineErrorKind::NotFound => return Ok(Found::default()),
        Err(error) => return Err(error),
    };
    let info = current.workflow_execution_info.clone().unwrap_or_default();
    Ok(Found {
        is_running: !status(info.status()).is_closed(),
        started_by_request: started_by_request(rpc, start, current, &info).await?,
    })
}

async fn started_by_request(
    rpc: &Rpc,
    start: &StartWorkflow,
    current: DescribeWorkflowExecutionResponse,
    info: &WorkflowExecutionInfo,
) -> Result<Option<Arc<str>>, EngineError> {
    if start.request_id.is_none() {
        return Ok(None);
    }
    let run_id = &info.execution.clone().unwrap_or_default().run_id;
    let first_run_id = first_run_id(rpc, &start.workflow_id, info).await?;
    if first_run_id == *run_id {
        Ok(is_started_by(start, current).then(|| first_run_id.into()))
    } else {
        first_run_of_request(rpc, start, &first_run_id).await
    }
}

/// Returns the first run of a chain, if the same request started it.
async fn first_run_of_request(
    rpc: &Rpc,
    start: &StartWorkflow,
    first_run_id: &str,
) -> Result<Option<Arc<str>>, EngineError> {
    match describe_run(rpc, &start.workflow_id, Some(first_run_id)).await {
        Ok(first) => Ok(is_started_by(start, first).then(|| first_run_id.into())),
        // The first run is older than the retention period.
        Err(error) if error.kind == EngineErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_started_by(start: &StartWorkflow, run: DescribeWorkflowExecutionResponse) -> bool {
    let extended = run.workflow_extended_info.unwrap_or_default();
    let stored: HashMap<String, RequestIdInfo> = extended.request_id_infos;
    stored.iter().any(|(id, info)| {
        info.event_type() == EventType::WorkflowExecutionStarted && is_same_request(start, id)
    })
}

/// Returns the existing run if the same request started it, else the error.
pub(super) async fn resolve_error(
    rpc: &Rpc,
    start: &StartWorkflow,
    error: RpcError,
) -> Result<StartOutcome, EngineError> {
    let found: Option<WorkflowExecutionAlreadyStartedFailure> =
        error.detail("WorkflowExecutionAlreadyStartedFailure");
    let error = EngineError::from(error);
    let Some(found) = found.filter(|_| start.request_id.is_some()) else {
        return Err(error);
    };
    if is_same_request(start, &found.start_request_id) {
        return Ok(StartOutcome::existing(found.run_id.into()));
    }
    let first_run_id = found.first_execution_run_id;
    if first_run_id.is_empty() || first_run_id == found.run_id {
        return Err(error);
    }
    let first = first_run_of_request(rpc, start, &first_run_id).await?;
    first.map(StartOutcome::existing).ok_or(error)
}

//! Which request started the workflow that is there.

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

use super::existing;
use crate::{
    engine::{describe, list::status},
    rpc::{Failed, Rpc},
};

/// Stands between a request's id and what makes an attempt's own id of it.
const ATTEMPT_MARK: char = '/';
/// A UUID's length as text.
const ATTEMPT_BYTES: usize = 36;

/// The request id that Temporal is given.
///
/// Temporal answers a second start of the same request id as it answered the first one, so that
/// nobody can tell whether something was started. Where an id that was used is refused in any case,
/// each attempt therefore has an id of its own, which still tells the request: the refusal names
/// the id that started what is there. A signal is dropped by its request id alone, and an id that
/// may be used again is only kept from it by the same request id.
pub(super) fn request_id(start: &StartWorkflow) -> String {
    let attempt = Uuid::new_v4();
    match &start.request_id {
        Some(id) if is_never_reused(start) && start.signal.is_none() => {
            format!("{id}{ATTEMPT_MARK}{attempt}")
        }
        Some(id) => id.clone(),
        None => attempt.to_string(),
    }
}

fn is_never_reused(start: &StartWorkflow) -> bool {
    start.reuse == IdReusePolicy::RejectDuplicate
}

/// The run that an earlier start of the same request id started, where Temporal would not refuse
/// this one for it: a later run of the same chain may be used, or its id used again.
pub(super) async fn earlier(
    rpc: &Rpc,
    start: &StartWorkflow,
) -> Result<Option<Arc<str>>, EngineError> {
    let is_refused = is_never_reused(start) && start.conflict == IdConflictPolicy::Fail;
    if start.request_id.is_none() || is_refused {
        return Ok(None);
    }
    Ok(look(rpc, start).await?.ours)
}

/// Whether an id that Temporal remembers is of the start's request, in either form.
fn is_ours(start: &StartWorkflow, remembered: &str) -> bool {
    let Some(id) = &start.request_id else {
        return false;
    };
    let rest = remembered.strip_prefix(id.as_str());
    rest.is_some_and(|rest| {
        rest.is_empty()
            || rest.starts_with(ATTEMPT_MARK)
                && rest.len() == ATTEMPT_MARK.len_utf8() + ATTEMPT_BYTES
    })
}

/// What is there under a workflow's id.
#[derive(Debug, Default)]
pub(super) struct There {
    pub(super) running: bool,
    /// The run that the same request started: the first one of the chain that is there.
    pub(super) ours: Option<Arc<str>>,
}

/// Looks at what is there under a workflow's id.
pub(super) async fn look(rpc: &Rpc, start: &StartWorkflow) -> Result<There, EngineError> {
    let current = match describe::ask(rpc, &start.workflow_id, None).await {
        Ok(response) => response,
        Err(error) if error.kind == EngineErrorKind::NotFound => return Ok(There::default()),
        Err(error) => return Err(error),
    };
    let info = current.workflow_execution_info.clone().unwrap_or_default();
    Ok(There {
        running: !status(info.status()).is_closed(),
        ours: ours(rpc, start, current, &info).await?,
    })
}

async fn ours(
    rpc: &Rpc,
    start: &StartWorkflow,
    current: DescribeWorkflowExecutionResponse,
    info: &WorkflowExecutionInfo,
) -> Result<Option<Arc<str>>, EngineError> {
    if start.request_id.is_none() {
        return Ok(None);
    }
    let run_id = &info.execution.clone().unwrap_or_default().run_id;
    let first_run_id = describe::first_run_id(rpc, &start.workflow_id, info).await?;
    if first_run_id == *run_id {
        Ok(is_started_by(start, current).then(|| first_run_id.into()))
    } else {
        first_is_ours(rpc, start, &first_run_id).await
    }
}

/// The first run of a chain, where the same request started it.
async fn first_is_ours(
    rpc: &Rpc,
    start: &StartWorkflow,
    first_run_id: &str,
) -> Result<Option<Arc<str>>, EngineError> {
    match describe::ask(rpc, &start.workflow_id, Some(first_run_id)).await {
        Ok(first) => Ok(is_started_by(start, first).then(|| first_run_id.into())),
        // The chain is older than what the namespace keeps.
        Err(error) if error.kind == EngineErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_started_by(start: &StartWorkflow, run: DescribeWorkflowExecutionResponse) -> bool {
    let extended = run.workflow_extended_info.unwrap_or_default();
    let remembered: HashMap<String, RequestIdInfo> = extended.request_id_infos;
    remembered.iter().any(|(id, info)| {
        info.event_type() == EventType::WorkflowExecutionStarted && is_ours(start, id)
    })
}

/// The answer to a start that failed: the existing run, where the same request started it.
pub(super) async fn answer(
    rpc: &Rpc,
    start: &StartWorkflow,
    failed: Failed,
) -> Result<StartOutcome, EngineError> {
    let there: Option<WorkflowExecutionAlreadyStartedFailure> =
        failed.detail("WorkflowExecutionAlreadyStartedFailure");
    let error = EngineError::from(failed);
    let Some(there) = there.filter(|_| start.request_id.is_some()) else {
        return Err(error);
    };
    if is_ours(start, &there.start_request_id) {
        return Ok(existing(there.run_id.into()));
    }
    let first_run_id = there.first_execution_run_id;
    if first_run_id.is_empty() || first_run_id == there.run_id {
        return Err(error);
    }
    let ours = first_is_ours(rpc, start, &first_run_id).await?;
    ours.map(existing).ok_or(error)
}

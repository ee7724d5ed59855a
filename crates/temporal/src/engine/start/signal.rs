//! Starts with a signal.

use fast_temporal_core::{
    EngineError,
    engine::{StartOutcome, StartWorkflow},
};
use fast_temporal_protocol::{Json, v1::IdConflictPolicy};
use temporalio_common::protos::temporal::api::enums::v1::WorkflowIdConflictPolicy;

use super::{
    already_started, existing, origin,
    request::{start_request, with_signal},
};
use crate::rpc::Rpc;

/// Starts a workflow with a signal.
///
/// Temporal drops the signal of a second request of the same id only within one run, and has no
/// policy that refuses a workflow which is running: that one gets the signal. So what is there is
/// looked at first, where either matters. Of two such starts at the same moment, Temporal's answer
/// and the request id that the run remembers tell which was first. The other one is refused, but
/// if it is another request, its signal has reached the workflow by then: there is no way to ask
/// Temporal for both at once.
pub(super) async fn start(
    rpc: &Rpc,
    start: &StartWorkflow,
    signal_name: &str,
    signal_args: &[Json],
) -> Result<StartOutcome, EngineError> {
    let refuses = start.conflict == IdConflictPolicy::Fail;
    if refuses || start.request_id.is_some() {
        let there = origin::look(rpc, start).await?;
        if let Some(run_id) = there.ours {
            return Ok(existing(run_id));
        }
        if refuses && there.running {
            return Err(already_started(start));
        }
    }
    let request = start_request(rpc, start)?;
    let mut request = with_signal(request, signal_name, signal_args);
    if refuses {
        request.workflow_id_conflict_policy = WorkflowIdConflictPolicy::UseExisting.into();
    }
    rpc.codec.encode(&mut request).await?;
    let outcome = rpc
        .attempt(
            rpc.request_timeout,
            request,
            |mut service, request| async move {
                service.signal_with_start_workflow_execution(request).await
            },
        )
        .await;
    match outcome {
        Ok(response) if response.started => Ok(StartOutcome::new(response.run_id.into())),
        Ok(response) if !refuses => Ok(existing(response.run_id.into())),
        // It began in the moment since.
        Ok(_) => {
            let there = origin::look(rpc, start).await?;
            let run_id = there.ours.ok_or_else(|| already_started(start))?;
            Ok(existing(run_id))
        }
        Err(failed) => origin::answer(rpc, start, failed).await,
    }
}

//! Sends updates.

use std::time::Duration;

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{StartUpdate, UpdateOutcome, UpdateWorkflow},
};
use fast_temporal_protocol::v1::UpdateStage;
use temporalio_common::protos::temporal::api::{
    enums::v1::UpdateWorkflowExecutionLifecycleStage as Stage,
    update::v1::{Input, Meta, Outcome, Request, UpdateRef, WaitPolicy, outcome::Value},
    workflowservice::v1::{
        PollWorkflowExecutionUpdateRequest, UpdateWorkflowExecutionRequest,
        UpdateWorkflowExecutionResponse,
    },
};
use tokio::time::{Instant, sleep};

use super::{argument::payloads, execution};
use crate::{failure, payload, rpc::Rpc};

/// The pause before Temporal is asked again, give or take a half. It has waited for some 20 s by then
/// (`history.longPollExpirationInterval`), or would not wait.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends an update, and waits until it has come as far as is asked for.
pub(super) async fn update(
    rpc: &Rpc,
    update: UpdateWorkflow,
) -> Result<UpdateOutcome, EngineError> {
    let sending = Sending::new(rpc, &update.workflow_id, update.update).await?;
    sending.send(update.run_id.as_deref()).await
}

/// An update that is to be sent, or was.
pub(super) struct Sending<'a> {
    rpc: &'a Rpc,
    /// Names no run. Its payloads are encoded.
    request: UpdateWorkflowExecutionRequest,
    wait_for: Stage,
    timeout: Duration,
    deadline: Instant,
}

/// How far an update has come.
struct Seen {
    stage: Stage,
    update_ref: UpdateRef,
    outcome: Option<Outcome>,
}

impl<'a> Sending<'a> {
    /// The time for it runs from now on.
    pub(super) async fn new(
        rpc: &'a Rpc,
        workflow_id: &str,
        update: StartUpdate,
    ) -> Result<Self, EngineError> {
        let wait_for = match update.wait_for {
            UpdateStage::Accepted => Stage::Accepted,
            UpdateStage::Completed => Stage::Completed,
        };
        let deadline = Instant::now() + update.timeout;
        let mut request = UpdateWorkflowExecutionRequest {
            namespace: rpc.namespace.as_ref().into(),
            workflow_execution: Some(execution(workflow_id, None)),
            wait_policy: Some(wait_policy(wait_for)),
            request: Some(Request {
                meta: Some(Meta {
                    update_id: update.update_id,
                    identity: rpc.identity.clone(),
                }),
                input: Some(Input {
                    header: None,
                    name: update.name,
                    args: payloads(&update.args),
                }),
                ..Default::default()
            }),
            ..Default::default()
        };
        rpc.codec.encode(&mut request).await?;
        Ok(Self {
            rpc,
            request,
            wait_for,
            timeout: update.timeout,
            deadline,
        })
    }

    /// What Temporal is asked, for the current run.
    pub(super) fn request(&self) -> UpdateWorkflowExecutionRequest {
        self.request.clone()
    }

    /// How long is left to wait.
    pub(super) fn rest(&self) -> Result<Duration, EngineError> {
        let rest = self.deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            let seconds = self.timeout.as_secs_f64();
            return Err(EngineError::new(
                EngineErrorKind::Timeout,
                format!("the update did not come so far within {seconds:.1} s"),
            ));
        }
        Ok(rest)
    }

    /// Sends it, and waits. One that was sent before is not carried out again.
    pub(super) async fn send(&self, run_id: Option<&str>) -> Result<UpdateOutcome, EngineError> {
        loop {
            let mut request = self.request();
            if let (Some(execution), Some(run_id)) = (&mut request.workflow_execution, run_id) {
                run_id.clone_into(&mut execution.run_id);
            }
            let response = self
                .rpc
                .call(self.rest()?, request, |mut service, request| async move {
                    service.update_workflow_execution(request).await
                })
                .await?;
            if let Some(updated) = self.see_through(response).await? {
                return Ok(updated);
            }
        }
    }

    /// Waits for what Temporal's answer leaves open. `None` after a pause, where the workflow has
    /// not accepted the update: nothing keeps it then, so it must be sent again.
    pub(super) async fn see_through(
        &self,
        response: UpdateWorkflowExecutionResponse,
    ) -> Result<Option<UpdateOutcome>, EngineError> {
        let mut seen = Seen {
            stage: response.stage(),
            update_ref: response.update_ref.unwrap_or_default(),
            outcome: response.outcome,
        };
        while seen.outcome.is_none() && seen.stage < self.wait_for {
            let pause = PAUSE.mul_f64(0.5 + fastrand::f64());
            sleep(self.rest()?.min(pause)).await;
            if seen.stage < Stage::Accepted {
                return Ok(None);
            }
            seen = self.poll(seen.update_ref).await?;
        }
        self.updated(seen).await.map(Some)
    }

    async fn poll(&self, update_ref: UpdateRef) -> Result<Seen, EngineError> {
        let request = PollWorkflowExecutionUpdateRequest {
            namespace: self.rpc.namespace.as_ref().into(),
            update_ref: Some(update_ref.clone()),
            identity: self.rpc.identity.clone(),
            wait_policy: Some(wait_policy(self.wait_for)),
        };
        let response = self
            .rpc
            .call(self.rest()?, request, |mut service, request| async move {
                service.poll_workflow_execution_update(request).await
            })
            .await?;
        Ok(Seen {
            // It was accepted before, which an answer that knows nothing new does not say again.
            stage: response.stage().max(Stage::Accepted),
            update_ref,
            outcome: response.outcome,
        })
    }

    async fn updated(&self, mut seen: Seen) -> Result<UpdateOutcome, EngineError> {
        if let Some(outcome) = &mut seen.outcome {
            self.rpc.codec.decode(outcome).await?;
        }
        let outcome = seen.outcome.map(|outcome| match outcome.value {
            Some(Value::Success(result)) => Ok(payload::first(Some(result))),
            Some(Value::Failure(failure)) => Err(failure::shown(failure)),
            None => Ok(payload::first(None)),
        });
        let execution = seen.update_ref.workflow_execution.unwrap_or_default();
        Ok(UpdateOutcome {
            update_id: seen.update_ref.update_id,
            run_id: execution.run_id.into(),
            outcome,
        })
    }
}

fn wait_policy(stage: Stage) -> WaitPolicy {
    WaitPolicy {
        lifecycle_stage: stage.into(),
    }
}

//! Sends updates.

use std::time::Duration;

use fast_temporal_core::{
    Backoff, EngineError, EngineErrorKind,
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

use crate::{
    failure, payload,
    rpc::{Rpc, execution},
};

/// The longest pause before a request is repeated. Temporal has held the one before for about 20 s
/// (`history.longPollExpirationInterval`), or did not hold it at all.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends an update, and waits until it has reached the requested stage.
pub(super) async fn update(
    rpc: &Rpc,
    update: UpdateWorkflow,
) -> Result<UpdateOutcome, EngineError> {
    let pending = PendingUpdate::new(rpc, &update.workflow_id, update.update).await?;
    pending.send(update.run_id.as_deref()).await
}

/// An update to send, and to wait for until its deadline.
pub(super) struct PendingUpdate<'a> {
    rpc: &'a Rpc,
    /// Names no run. The codec has encoded its payloads.
    request: UpdateWorkflowExecutionRequest,
    wait_for: Stage,
    timeout: Duration,
    deadline: Instant,
}

/// The last known state of an update.
struct State {
    stage: Stage,
    update_ref: UpdateRef,
    outcome: Option<Outcome>,
}

impl<'a> PendingUpdate<'a> {
    /// Makes the request. The timeout starts now.
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
            namespace: rpc.namespace(),
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
                    args: payload::from_args(&update.args),
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

    /// Returns the request for the current run.
    pub(super) fn request(&self) -> UpdateWorkflowExecutionRequest {
        self.request.clone()
    }

    /// Returns the time until the deadline. Fails if that has passed.
    pub(super) fn remaining_time(&self) -> Result<Duration, EngineError> {
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            let seconds = self.timeout.as_secs_f64();
            return Err(EngineError::new(
                EngineErrorKind::Timeout,
                format!("the update did not reach the requested stage within {seconds:.1} s"),
            ));
        }
        Ok(remaining)
    }

    /// Sends the update, and waits. Temporal does not repeat an update that it knows by its id.
    pub(super) async fn send(&self, run_id: Option<&str>) -> Result<UpdateOutcome, EngineError> {
        loop {
            let mut request = self.request();
            if let (Some(execution), Some(run_id)) = (&mut request.workflow_execution, run_id) {
                run_id.clone_into(&mut execution.run_id);
            }
            let limit = self.remaining_time()?;
            let response = self
                .rpc
                .call_within(limit, request, async |mut service, request| {
                    service.update_workflow_execution(request).await
                })
                .await?;
            if let Some(updated) = self.wait(response).await? {
                return Ok(updated);
            }
        }
    }

    /// Waits from Temporal's response on. Returns `None` after a pause if the workflow has not accepted
    /// the update: Temporal does not keep it then, so it must be sent again.
    pub(super) async fn wait(
        &self,
        response: UpdateWorkflowExecutionResponse,
    ) -> Result<Option<UpdateOutcome>, EngineError> {
        let mut state = State {
            stage: response.stage(),
            update_ref: response.update_ref.unwrap_or_default(),
            outcome: response.outcome,
        };
        while state.outcome.is_none() && state.stage < self.wait_for {
            let pause = Backoff::new(PAUSE, PAUSE).next_wait();
            sleep(self.remaining_time()?.min(pause)).await;
            if state.stage < Stage::Accepted {
                return Ok(None);
            }
            state = self.poll(state.update_ref).await?;
        }
        self.outcome(state).await.map(Some)
    }

    async fn poll(&self, update_ref: UpdateRef) -> Result<State, EngineError> {
        let request = PollWorkflowExecutionUpdateRequest {
            namespace: self.rpc.namespace(),
            update_ref: Some(update_ref.clone()),
            identity: self.rpc.identity.clone(),
            wait_policy: Some(wait_policy(self.wait_for)),
        };
        let limit = self.remaining_time()?;
        let response = self
            .rpc
            .call_within(limit, request, async |mut service, request| {
                service.poll_workflow_execution_update(request).await
            })
            .await?;
        Ok(State {
            // It was accepted before. A poll that ends without an outcome leaves the stage out.
            stage: response.stage().max(Stage::Accepted),
            update_ref,
            outcome: response.outcome,
        })
    }

    async fn outcome(&self, mut state: State) -> Result<UpdateOutcome, EngineError> {
        if let Some(outcome) = &mut state.outcome {
            self.rpc.codec.decode(outcome).await?;
        }
        let outcome = state.outcome.map(|outcome| match outcome.value {
            Some(Value::Success(result)) => Ok(payload::first(Some(result))),
            Some(Value::Failure(failure)) => Err(failure::public(failure)),
            None => Ok(payload::first(None)),
        });
        let execution = state.update_ref.workflow_execution.unwrap_or_default();
        Ok(UpdateOutcome {
            update_id: state.update_ref.update_id,
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

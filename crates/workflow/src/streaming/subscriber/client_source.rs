//! A source that polls a workflow through Temporal.

use std::sync::Arc;

use temporalio_client::{
    Client, HistoryEventFilterType, RetryOptions, RpcOptions, UntypedQuery, UntypedUpdate,
    UntypedWorkflowHandle, WorkflowDescribeOptions, WorkflowExecutionInfo, WorkflowExecutionStatus,
    WorkflowFetchHistoryOptions, WorkflowQueryOptions, WorkflowStartUpdateOptions,
    errors::{WorkflowInteractionError, WorkflowQueryError, WorkflowUpdateError},
    tonic::{Code, Status},
};
use temporalio_common::{
    data_converters::{PayloadConversionError, PayloadConverter, RawValue},
    protos::temporal::api::{
        failure::v1::{Failure, failure::FailureInfo},
        history::v1::history_event::Attributes,
    },
};

use super::source::{PollFailure, PollResponse, Run, RunState, Source, SourceError};
use crate::{
    payload,
    streaming::{
        retry::is_retryable,
        wire::{POLL, PollInput, PollResult, STREAM_DRAINING, TRUNCATED_OFFSET},
    },
};

/// The failure type of a poll whose run closed before the poll completed.
const RUN_CLOSED: &str = "AcceptedUpdateCompletedWorkflow";

/// The stream of a workflow.
///
/// A run with a known id is followed across continue-as-new through its own history, so that a
/// later workflow with the same id is not mistaken for its next run.
pub struct ClientSource {
    client: Client,
    workflow_id: String,
}

impl ClientSource {
    /// Creates a source for the workflow with this id.
    pub fn new(client: Client, workflow_id: impl Into<String>) -> Self {
        Self {
            client,
            workflow_id: workflow_id.into(),
        }
    }

    fn workflow(&self, run_id: Option<&str>) -> UntypedWorkflowHandle<Client> {
        WorkflowExecutionInfo::builder()
            .namespace(self.client.options().namespace.clone())
            .workflow_id(self.workflow_id.clone())
            .maybe_run_id(run_id.map(str::to_owned))
            .build()
            .bind_untyped(self.client.clone())
    }

    fn converter(&self) -> &PayloadConverter {
        self.client.options().data_converter.payload_converter()
    }

    /// Returns the run that continues a run: the last event of its history contains it.
    async fn next_run(&self, run_id: &str) -> Result<String, SourceError> {
        let options = WorkflowFetchHistoryOptions::builder()
            .event_filter_type(HistoryEventFilterType::CloseEvent)
            .build();
        let history = self.workflow(Some(run_id)).fetch_history(options);
        let events = history.into_events().await.map_err(interaction_error)?;
        let next = events.into_iter().find_map(|event| match event.attributes {
            Some(Attributes::WorkflowExecutionContinuedAsNewEventAttributes(continued)) => {
                Some(continued.new_execution_run_id)
            }
            _ => None,
        });
        next.ok_or_else(|| {
            SourceError::Permanent(Arc::from(Box::from("the closing event names no next run")))
        })
    }

    fn decode(&self, result: RawValue) -> Result<PollResult, PayloadConversionError> {
        payload::decode(result, self.converter())
    }
}

impl Source for ClientSource {
    async fn poll(
        &self,
        run_id: Option<&str>,
        update_id: &str,
        input: &PollInput,
    ) -> Result<PollResponse, PollFailure> {
        let failed = |run_id, error| PollFailure::Failed { run_id, error };
        let input = payload::encode(input, self.converter());
        let input = input.map_err(|error| failed(None, permanent(error)))?;
        let options = WorkflowStartUpdateOptions::builder()
            .update_id(update_id.to_owned())
            .rpc_options(without_retries())
            .build();
        let workflow = self.workflow(run_id);
        let started = workflow.start_update(UntypedUpdate::new(POLL), input, options);
        let update = started.await.map_err(|error| poll_failure(None, error))?;
        let run_id = update.workflow_run_id().map(str::to_owned);
        match update.get_result(RpcOptions::default()).await {
            Ok(result) => match self.decode(result) {
                Ok(result) => Ok(PollResponse { run_id, result }),
                Err(error) => Err(failed(run_id, permanent(error))),
            },
            Err(error) => Err(poll_failure(run_id, error)),
        }
    }

    async fn read(
        &self,
        run_id: Option<&str>,
        input: &PollInput,
    ) -> Result<PollResult, SourceError> {
        let input = payload::encode(input, self.converter()).map_err(permanent)?;
        let options = WorkflowQueryOptions::builder()
            .rpc_options(without_retries())
            .build();
        let workflow = self.workflow(run_id);
        let queried = workflow.query(UntypedQuery::new(POLL), input, options);
        let result = queried.await.map_err(query_error)?;
        self.decode(result).map_err(permanent)
    }

    async fn describe(&self, run_id: Option<&str>) -> Result<Run, SourceError> {
        let workflow = self.workflow(run_id);
        let described = workflow.describe(WorkflowDescribeOptions::default()).await;
        let described = described.map_err(interaction_error)?;
        let run_id = described.run_id().to_owned();
        let state = match described.status() {
            WorkflowExecutionStatus::ContinuedAsNew => RunState::ContinuedAsNew {
                next_run_id: self.next_run(&run_id).await?,
            },
            WorkflowExecutionStatus::Completed
            | WorkflowExecutionStatus::Failed
            | WorkflowExecutionStatus::Canceled
            | WorkflowExecutionStatus::Terminated
            | WorkflowExecutionStatus::TimedOut => RunState::Closed,
            _ => RunState::Running,
        };
        Ok(Run { run_id, state })
    }
}

/// Disables the client's own retries: the poller retries, and describes the workflow between two
/// attempts.
fn without_retries() -> RpcOptions {
    RpcOptions::builder()
        .retry_options(RetryOptions::no_retries())
        .build()
}

fn permanent(error: impl std::error::Error + Send + Sync + 'static) -> SourceError {
    SourceError::Permanent(Arc::new(error))
}

fn interaction_error(error: WorkflowInteractionError) -> SourceError {
    let kind = match &error {
        WorkflowInteractionError::NotFound(_) => SourceError::NotFound,
        WorkflowInteractionError::Rpc(status) if is_retryable(status) => SourceError::Retryable,
        _ => SourceError::Permanent,
    };
    kind(Arc::new(error))
}

fn poll_failure(run_id: Option<String>, error: WorkflowUpdateError) -> PollFailure {
    let kind = match &error {
        WorkflowUpdateError::Failed(failure) => match failure_type(failure) {
            TRUNCATED_OFFSET => return PollFailure::Truncated,
            STREAM_DRAINING => return PollFailure::Draining { run_id },
            RUN_CLOSED => SourceError::Retryable,
            _ => SourceError::Permanent,
        },
        WorkflowUpdateError::NotFound(_) => SourceError::NotFound,
        WorkflowUpdateError::Rpc(status) if is_busy(status) => SourceError::Busy,
        WorkflowUpdateError::Rpc(status) if is_retryable(status) => SourceError::Retryable,
        _ => SourceError::Permanent,
    };
    PollFailure::Failed {
        run_id,
        error: kind(Arc::new(error)),
    }
}

fn query_error(error: WorkflowQueryError) -> SourceError {
    let kind = match &error {
        WorkflowQueryError::NotFound(_) => SourceError::NotFound,
        WorkflowQueryError::Rpc(status) if is_unknown_query(status) => SourceError::NoHandler,
        WorkflowQueryError::Rpc(status) if is_busy(status) => SourceError::Busy,
        WorkflowQueryError::Rpc(status) if is_retryable(status) => SourceError::Retryable,
        _ => SourceError::Permanent,
    };
    kind(Arc::new(error))
}

fn failure_type(failure: &Failure) -> &str {
    match &failure.failure_info {
        Some(FailureInfo::ApplicationFailureInfo(info)) => &info.r#type,
        _ => "",
    }
}

/// Whether the workflow has reached its limit of updates, concurrent or in total.
fn is_busy(status: &Status) -> bool {
    status.code() == Code::ResourceExhausted
        || (status.code() == Code::FailedPrecondition && status.message().contains("limit"))
}

/// The messages of the SDKs (Rust, Python and .NET, Go and Java, TypeScript) for a query without a
/// handler. Temporal has no code for it.
fn is_unknown_query(status: &Status) -> bool {
    let message = status.message().to_lowercase();
    let known = [
        "no query handler",
        "query handler for",
        "unknown query",
        "did not register a handler",
    ];
    known.iter().any(|known| message.contains(known))
}

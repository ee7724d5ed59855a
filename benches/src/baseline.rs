//! The baseline: a client that does not use the gateway. It starts workflows, tails their history by
//! long-polls on a gRPC connection of its own, and signals them.

use std::{
    str::FromStr as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use futures_util::TryStreamExt as _;
use serde::Serialize;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, UntypedSignal, Url, WorkflowHandle,
    WorkflowListOptions, WorkflowSignalOptions, WorkflowStartOptions, WorkflowTerminateOptions,
};
use temporalio_common::{
    UntypedWorkflow,
    data_converters::{PayloadConverter, RawValue},
    protos::temporal::api::{
        common::v1::WorkflowExecution,
        enums::v1::EventType,
        history::v1::{HistoryEvent, history_event::Attributes},
        workflowservice::v1::GetWorkflowExecutionHistoryRequest,
    },
};
use tokio::time::{Instant, sleep};
use tonic::IntoRequest as _;

/// The signal that starts every bench workflow.
pub const START_SIGNAL: &str = "start";
/// The namespace that benches run in.
const NAMESPACE: &str = "default";
/// How long visibility can take to list a workflow.
const LIST_LIMIT: Duration = Duration::from_secs(15);

/// A client of Temporal. Clones share the connection.
#[derive(Clone)]
pub struct Baseline {
    client: Client,
    task_queue: String,
    started: Arc<AtomicU64>,
}

impl Baseline {
    /// Connects. Workflows are started on the given task queue.
    pub async fn connect(address: &str, task_queue: &str) -> Result<Self> {
        let client = connect(address, "fast-temporal-bench").await?;
        Ok(Self {
            client,
            task_queue: task_queue.to_owned(),
            started: Arc::default(),
        })
    }

    /// Starts a workflow as the gateway does: without argument, and with the start signal. Returns its id.
    pub async fn start(&self, workflow: &str, args: &impl Serialize) -> Result<String> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-baseline-{number}", self.task_queue);
        self.client
            .signal_with_start_workflow(
                UntypedWorkflow::new(workflow),
                RawValue::new(Vec::new()),
                UntypedSignal::new(START_SIGNAL),
                one_argument(args)?,
                WorkflowStartOptions::new(&self.task_queue, &id).build(),
            )
            .await
            .context("could not start a workflow")?;
        Ok(id)
    }

    /// Reads a workflow's history as it grows and calls `on_event` with every event, until the run ends.
    pub async fn tail(
        &self,
        workflow_id: &str,
        mut on_event: impl FnMut(HistoryEvent),
    ) -> Result<()> {
        let mut service = self.client.connection().workflow_service();
        let mut token = Vec::new();
        let mut read_to = 0;
        loop {
            let request = GetWorkflowExecutionHistoryRequest {
                namespace: NAMESPACE.to_owned(),
                execution: Some(WorkflowExecution {
                    workflow_id: workflow_id.to_owned(),
                    run_id: String::new(),
                }),
                next_page_token: token,
                wait_new_event: true,
                ..GetWorkflowExecutionHistoryRequest::default()
            };
            let page = service
                .get_workflow_execution_history(request.into_request())
                .await;
            let page = match page {
                Ok(page) => page.into_inner(),
                Err(status) if status.message().contains("branch tokens") => {
                    // Under a burst of signals the server may reject the token: read again.
                    token = Vec::new();
                    continue;
                }
                Err(status) => return Err(status).context("could not read history"),
            };
            for event in page.history.unwrap_or_default().events {
                // Workflow tasks at the tail may be transient: their ids go to other events.
                let is_task = matches!(
                    event.event_type(),
                    EventType::WorkflowTaskScheduled | EventType::WorkflowTaskStarted
                );
                if !is_task && event.event_id > read_to {
                    read_to = event.event_id;
                    on_event(event);
                }
            }
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(());
            }
        }
    }

    /// Returns the id of the one running workflow of this type, which the gateway started.
    pub async fn find(&self, workflow: &str) -> Result<String> {
        let queue = &self.task_queue;
        let query = format!(
            "WorkflowType = '{workflow}' AND TaskQueue = '{queue}' AND ExecutionStatus = 'Running'"
        );
        let limit = Instant::now() + LIST_LIMIT;
        while Instant::now() < limit {
            let found = self
                .client
                .list_workflows(&query, WorkflowListOptions::default());
            let found: Vec<_> = found
                .try_collect()
                .await
                .context("could not list workflows")?;
            match found.as_slice() {
                [] => sleep(Duration::from_millis(200)).await,
                [one] => return Ok(one.id().to_owned()),
                several => bail!("{} workflows run, but one was started", several.len()),
            }
        }
        bail!("no {workflow} runs on {queue}")
    }

    /// Sends a signal with one argument.
    pub async fn signal(
        &self,
        workflow_id: &str,
        signal: &str,
        argument: &impl Serialize,
    ) -> Result<()> {
        let argument = one_argument(argument)?;
        self.handle(workflow_id)
            .signal(
                UntypedSignal::new(signal),
                argument,
                WorkflowSignalOptions::default(),
            )
            .await
            .context("could not signal")
    }

    /// Terminates a workflow.
    pub async fn terminate(&self, workflow_id: &str) -> Result<()> {
        let terminated = self
            .handle(workflow_id)
            .terminate(WorkflowTerminateOptions::default())
            .await;
        terminated.context("could not terminate")
    }

    fn handle(&self, workflow_id: &str) -> WorkflowHandle<Client, UntypedWorkflow> {
        self.client.get_workflow_handle(workflow_id)
    }
}

/// Connects to Temporal.
pub async fn connect(address: &str, identity: &str) -> Result<Client> {
    let target = Url::from_str(&format!("http://{address}")).context("Temporal's address")?;
    let options = ConnectionOptions::new(target)
        .identity(identity.to_owned())
        .build();
    let connection = Connection::connect(options)
        .await
        .context("could not reach Temporal")?;
    Ok(Client::new(
        connection,
        ClientOptions::new(NAMESPACE).build(),
    )?)
}

/// Returns the workflow's result, if this event completes it.
pub fn result_of(event: HistoryEvent) -> Option<Vec<u8>> {
    match event.attributes? {
        Attributes::WorkflowExecutionCompletedEventAttributes(completed) => {
            Some(completed.result?.payloads.into_iter().next()?.data)
        }
        _ => None,
    }
}

/// Returns the name of the activity that this event schedules, if it does.
pub fn scheduled_activity(event: HistoryEvent) -> Option<String> {
    match event.attributes? {
        Attributes::ActivityTaskScheduledEventAttributes(scheduled) => {
            Some(scheduled.activity_type?.name)
        }
        _ => None,
    }
}

fn one_argument(argument: &impl Serialize) -> Result<RawValue> {
    let value = serde_json::to_value(argument).context("an argument as JSON")?;
    Ok(RawValue::from_value(&value, &PayloadConverter::default()))
}

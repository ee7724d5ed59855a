//! A worker without an SDK: each method takes one task from the queue and answers it as a test wants.

pub(super) mod activity;
mod query;
pub(super) mod stream;
pub(super) mod update;

use std::time::Duration;

use fast_temporal_testkit::{
    contract::{TASK_QUEUE, WORKFLOW_TYPE},
    dev_server::TestServer,
};
use temporalio_common::protos::temporal::api::{
    command::v1::Command,
    common::v1::{Payload, Payloads, WorkflowExecution, WorkflowType},
    enums::v1::WorkflowTaskFailedCause,
    failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
    history::v1::{
        HistoryEvent, WorkflowExecutionStartedEventAttributes,
        history_event::Attributes as EventAttributes,
    },
    protocol::v1::Message,
    taskqueue::v1::TaskQueue,
    workflowservice::v1::{
        GetWorkflowExecutionHistoryRequest, PollWorkflowTaskQueueRequest,
        PollWorkflowTaskQueueResponse, ResetWorkflowExecutionRequest,
        RespondWorkflowTaskCompletedRequest, RespondWorkflowTaskFailedRequest,
        SignalWorkflowExecutionRequest, workflow_service_client::WorkflowServiceClient,
    },
};
use tonic::transport::{Channel, Endpoint};

const NAMESPACE: &str = "default";

/// A command, by its type and that of its attributes, with the given fields.
macro_rules! command {
    ($type:ident, $attributes:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        use temporalio_common::protos::temporal::api::{command::v1, enums::v1::CommandType};
        #[allow(clippy::needless_update, reason = "some commands have all their fields")]
        let attributes = v1::$attributes {
            $($field: $value,)*
            ..v1::$attributes::default()
        };
        v1::Command {
            command_type: CommandType::$type.into(),
            attributes: Some(v1::command::Attributes::$attributes(attributes)),
            ..v1::Command::default()
        }
    }};
}
use command;

#[derive(Clone)]
pub(crate) struct Worker {
    client: WorkflowServiceClient<Channel>,
    /// The prefix that the codec gives to each payload's text.
    prefix: &'static str,
}

impl Worker {
    pub(crate) fn new(server: &TestServer) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{}", server.address())).unwrap();
        let client = WorkflowServiceClient::new(endpoint.connect_lazy());
        Self {
            client: client.max_decoding_message_size(64 << 20),
            prefix: "",
        }
    }

    /// A worker whose payloads all have a prefix.
    pub(crate) fn with_prefix(server: &TestServer, prefix: &'static str) -> Self {
        Self {
            prefix,
            ..Self::new(server)
        }
    }

    /// Waits for the next task, up to the server's limit: then the response has no token.
    async fn try_poll(&mut self) -> PollWorkflowTaskQueueResponse {
        let mut request = tonic::Request::new(PollWorkflowTaskQueueRequest {
            namespace: NAMESPACE.into(),
            task_queue: Some(task_queue()),
            ..Default::default()
        });
        // Temporal rejects polls without a limit.
        request.set_timeout(Duration::from_mins(1));
        let task = self.client.poll_workflow_task_queue(request).await;
        task.expect("a server that accepts polls").into_inner()
    }

    async fn poll(&mut self) -> PollWorkflowTaskQueueResponse {
        let task = self.try_poll().await;
        let has_task = !task.task_token.is_empty();
        assert!(has_task, "a task came within the server's limit");
        task
    }

    /// Completes the next workflow task without commands.
    pub(crate) async fn complete_task(&mut self) {
        let task = self.poll().await;
        self.answer_task(task.task_token, Vec::new(), Vec::new())
            .await;
    }

    /// Completes the workflow of the next task.
    pub(crate) async fn complete_workflow(&mut self, result: &str) {
        let result = Some(self.json(result));
        self.answer(command!(
            CompleteWorkflowExecution,
            CompleteWorkflowExecutionCommandAttributes { result: result }
        ))
        .await;
    }

    /// Fails the workflow of the next task.
    pub(crate) async fn fail_workflow(&mut self, message: &str) {
        let failure = Some(self.failure(message));
        self.answer(command!(
            FailWorkflowExecution,
            FailWorkflowExecutionCommandAttributes { failure: failure }
        ))
        .await;
    }

    /// Closes the workflow of the next task as canceled.
    pub(crate) async fn cancel_workflow(&mut self) {
        self.answer(command!(
            CancelWorkflowExecution,
            CancelWorkflowExecutionCommandAttributes {}
        ))
        .await;
    }

    /// Continues the workflow of the next task as new.
    pub(crate) async fn continue_as_new(&mut self) {
        self.answer(command!(
            ContinueAsNewWorkflowExecution,
            ContinueAsNewWorkflowExecutionCommandAttributes {
                workflow_type: Some(workflow_type()),
                task_queue: Some(task_queue()),
            }
        ))
        .await;
    }

    /// Starts a child from the next workflow task.
    pub(crate) async fn start_child(&mut self, workflow_id: &str) {
        self.answer(command!(
            StartChildWorkflowExecution,
            StartChildWorkflowExecutionCommandAttributes {
                workflow_id: workflow_id.into(),
                workflow_type: Some(workflow_type()),
                task_queue: Some(task_queue()),
            }
        ))
        .await;
    }

    async fn answer(&mut self, command: Command) {
        let task = self.poll().await;
        self.answer_task(task.task_token, vec![command], Vec::new())
            .await;
    }

    async fn answer_task(
        &mut self,
        task_token: Vec<u8>,
        commands: Vec<Command>,
        messages: Vec<Message>,
    ) {
        self.client
            .respond_workflow_task_completed(RespondWorkflowTaskCompletedRequest {
                namespace: NAMESPACE.into(),
                task_token,
                commands,
                messages,
                ..Default::default()
            })
            .await
            .unwrap();
    }

    /// Fails the next workflow task.
    pub(crate) async fn fail_task(&mut self) {
        let task = self.poll().await;
        self.client
            .respond_workflow_task_failed(RespondWorkflowTaskFailedRequest {
                namespace: NAMESPACE.into(),
                task_token: task.task_token,
                cause: WorkflowTaskFailedCause::WorkflowWorkerUnhandledFailure.into(),
                ..Default::default()
            })
            .await
            .unwrap();
    }

    pub(crate) async fn signal(&mut self, workflow_id: &str, name: &str) {
        self.signal_with(workflow_id, name, None).await;
    }

    /// Makes the workflow of a [`StreamWorker`] publish to its stream.
    pub(crate) async fn say(&mut self, workflow_id: &str, data: &str) {
        let input = Some(self.json(data));
        self.signal_with(workflow_id, "say", input).await;
    }

    async fn signal_with(&mut self, workflow_id: &str, name: &str, input: Option<Payloads>) {
        self.client
            .signal_workflow_execution(SignalWorkflowExecutionRequest {
                namespace: NAMESPACE.into(),
                workflow_execution: Some(execution(workflow_id, "")),
                signal_name: name.into(),
                input,
                ..Default::default()
            })
            .await
            .unwrap();
    }

    /// The history of one run, or of the current one if `run_id` is empty.
    pub(crate) async fn history(&mut self, workflow_id: &str, run_id: &str) -> Vec<HistoryEvent> {
        let request = GetWorkflowExecutionHistoryRequest {
            namespace: NAMESPACE.into(),
            execution: Some(execution(workflow_id, run_id)),
            ..Default::default()
        };
        let response = self.client.get_workflow_execution_history(request).await;
        response.unwrap().into_inner().history.unwrap().events
    }

    /// The first event of the current run.
    pub(crate) async fn started(
        &mut self,
        workflow_id: &str,
    ) -> WorkflowExecutionStartedEventAttributes {
        let history = self.history(workflow_id, "").await;
        let first = history
            .into_iter()
            .next()
            .and_then(|event| event.attributes);
        let Some(EventAttributes::WorkflowExecutionStartedEventAttributes(started)) = first else {
            panic!("history begins with the start")
        };
        started
    }

    /// The signals of the current run: their names and the data of their first payloads.
    pub(crate) async fn signals(&mut self, workflow_id: &str) -> Vec<(String, Vec<u8>)> {
        let history = self.history(workflow_id, "").await.into_iter();
        let signals = history.filter_map(|event| match event.attributes? {
            EventAttributes::WorkflowExecutionSignaledEventAttributes(signal) => Some(signal),
            _ => None,
        });
        signals
            .map(|signal| (signal.signal_name, data(signal.input)))
            .collect()
    }

    /// The data of the first argument of the current run.
    pub(crate) async fn input(&mut self, workflow_id: &str) -> Vec<u8> {
        data(self.started(workflow_id).await.input)
    }

    fn json(&self, text: &str) -> Payloads {
        let payload = Payload {
            metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
            data: format!("{}{text}", self.prefix).into(),
            ..Default::default()
        };
        Payloads {
            payloads: vec![payload],
        }
    }

    /// The failure that [`failure`](fast_temporal_testkit::contract::failure) describes.
    pub(crate) fn failure(&self, message: &str) -> Failure {
        let info = ApplicationFailureInfo {
            r#type: "Test".to_owned(),
            details: Some(self.json(r#"{"why":"test"}"#)),
            ..Default::default()
        };
        Failure {
            message: message.to_owned(),
            failure_info: Some(FailureInfo::ApplicationFailureInfo(info)),
            ..Default::default()
        }
    }

    /// Resets a run to its first completed workflow task. Returns the new run.
    pub(crate) async fn reset(&mut self, workflow_id: &str, run_id: &str) -> String {
        self.client
            .reset_workflow_execution(ResetWorkflowExecutionRequest {
                namespace: NAMESPACE.into(),
                workflow_execution: Some(execution(workflow_id, run_id)),
                reason: "a test".into(),
                workflow_task_finish_event_id: 4,
                request_id: format!("reset-{run_id}"),
                ..Default::default()
            })
            .await
            .unwrap()
            .into_inner()
            .run_id
    }
}

/// The data of the first payload.
fn data(payloads: Option<Payloads>) -> Vec<u8> {
    let payloads = payloads.unwrap_or_default().payloads;
    payloads.into_iter().next().unwrap_or_default().data
}

fn workflow_type() -> WorkflowType {
    WorkflowType {
        name: WORKFLOW_TYPE.into(),
    }
}

fn task_queue() -> TaskQueue {
    TaskQueue {
        name: TASK_QUEUE.into(),
        ..Default::default()
    }
}

fn execution(workflow_id: &str, run_id: &str) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: run_id.into(),
    }
}

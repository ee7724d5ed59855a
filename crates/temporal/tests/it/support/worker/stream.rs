//! A worker whose workflows host streams, as Temporal's Workflow Streams do.
//!
//! The signal `say` makes the workflow publish its argument itself, under the topic `own`; `again`
//! makes it continue as new, and `finish` makes it complete. Each task replays the run's whole history.

use std::collections::HashMap;

use data_encoding::BASE64;
use fast_temporal_testkit::dev_server::TestServer;
use prost::Message as _;
use serde_json::{Value, json};
use temporalio_common::protos::temporal::api::{
    common::v1::Payloads,
    enums::v1::QueryResultType,
    history::v1::history_event::Attributes as Event,
    query::v1::{WorkflowQuery, WorkflowQueryResult},
    workflowservice::v1::{
        PollWorkflowTaskQueueResponse, RespondQueryTaskCompletedRequest,
        RespondWorkflowTaskCompletedRequest,
    },
};
use tokio::task::JoinSet;

use super::{NAMESPACE, Worker, command, task_queue};

/// The maximum number of items in an answer.
const MAX_PAGE_ITEMS: usize = 3;

/// Works until dropped.
pub(crate) struct StreamWorker(
    #[expect(dead_code, reason = "dropping it ends the task")] JoinSet<()>,
);

/// The state of a workflow after a replay.
#[derive(Default)]
struct Replayed {
    items: Vec<(String, String)>,
    again: bool,
    finish: bool,
}

impl StreamWorker {
    pub(crate) fn start(server: &TestServer) -> Self {
        let mut tasks = JoinSet::new();
        let worker = Worker::new(server);
        tasks.spawn(async move {
            loop {
                worker.clone().work().await;
            }
        });
        Self(tasks)
    }
}

impl Worker {
    async fn work(&mut self) {
        let task = self.try_poll().await;
        if task.task_token.is_empty() {
            return;
        }
        let replayed = replay(&task);
        // Temporal repeats a task whose answer came too late.
        let _ = match &task.query {
            Some(query) => self.answer_stream_query(&task, query, &replayed).await,
            None => self.complete_stream_task(&task, &replayed).await,
        };
    }

    async fn answer_stream_query(
        &mut self,
        task: &PollWorkflowTaskQueueResponse,
        query: &WorkflowQuery,
        replayed: &Replayed,
    ) -> Result<(), tonic::Status> {
        let result = self.result(query, replayed);
        let request = RespondQueryTaskCompletedRequest {
            namespace: NAMESPACE.into(),
            task_token: task.task_token.clone(),
            completed_type: result.result_type,
            query_result: result.answer,
            error_message: result.error_message,
            ..Default::default()
        };
        self.client.respond_query_task_completed(request).await?;
        Ok(())
    }

    async fn complete_stream_task(
        &mut self,
        task: &PollWorkflowTaskQueueResponse,
        replayed: &Replayed,
    ) -> Result<(), tonic::Status> {
        let mut commands = Vec::new();
        if replayed.finish {
            commands.push(command!(
                CompleteWorkflowExecution,
                CompleteWorkflowExecutionCommandAttributes {}
            ));
        } else if replayed.again {
            let carried = serde_json::to_string(&replayed.items).unwrap();
            commands.push(command!(
                ContinueAsNewWorkflowExecution,
                ContinueAsNewWorkflowExecutionCommandAttributes {
                    workflow_type: task.workflow_type.clone(),
                    task_queue: Some(task_queue()),
                    input: Some(self.json(&carried)),
                }
            ));
        }
        let answer = |(id, query): (&String, _)| (id.clone(), self.result(query, replayed));
        let answers: HashMap<_, _> = task.queries.iter().map(answer).collect();
        let request = RespondWorkflowTaskCompletedRequest {
            namespace: NAMESPACE.into(),
            task_token: task.task_token.clone(),
            commands,
            query_results: answers,
            ..Default::default()
        };
        self.client.respond_workflow_task_completed(request).await?;
        Ok(())
    }

    fn result(&self, query: &WorkflowQuery, replayed: &Replayed) -> WorkflowQueryResult {
        if query.query_type != "__temporal_workflow_stream_poll" {
            return WorkflowQueryResult {
                result_type: QueryResultType::Failed.into(),
                error_message: format!("unknown query {}", query.query_type),
                ..Default::default()
            };
        }
        let request: Value = argument(query.query_args.as_ref());
        assert_eq!(request["topics"], json!([]));
        let from = usize::try_from(request["from_offset"].as_u64().unwrap()).unwrap();
        let rest = replayed.items.iter().enumerate().skip(from);
        let items: Vec<_> = rest
            .clone()
            .take(MAX_PAGE_ITEMS)
            .map(|(offset, (topic, data))| json!({"topic": topic, "data": data, "offset": offset}))
            .collect();
        let more_ready = rest.count() > MAX_PAGE_ITEMS;
        let next_offset = if more_ready {
            from + MAX_PAGE_ITEMS
        } else {
            replayed.items.len()
        };
        let answer = json!({"items": items, "next_offset": next_offset, "more_ready": more_ready});
        WorkflowQueryResult {
            result_type: QueryResultType::Answered.into(),
            answer: Some(self.json(&answer.to_string())),
            ..Default::default()
        }
    }
}

/// The data of a stream's item: a payload's protobuf in base64.
pub(crate) fn encode_item(text: &str) -> String {
    let payload = temporalio_common::protos::temporal::api::common::v1::Payload {
        metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
        data: text.into(),
        ..Default::default()
    };
    BASE64.encode(&payload.encode_to_vec())
}

fn replay(task: &PollWorkflowTaskQueueResponse) -> Replayed {
    let mut replayed = Replayed::default();
    let events = task.history.iter().flat_map(|history| &history.events);
    for event in events {
        match &event.attributes {
            Some(Event::WorkflowExecutionStartedEventAttributes(started)) => {
                if let Some(input) = &started.input {
                    replayed.items = serde_json::from_value(argument(Some(input))).unwrap();
                }
            }
            Some(Event::WorkflowExecutionSignaledEventAttributes(signal)) => {
                let argument = argument(signal.input.as_ref());
                match &*signal.signal_name {
                    "__temporal_workflow_stream_publish" => {
                        let items = argument["items"].as_array().unwrap().iter();
                        let text = |value: &Value| value.as_str().unwrap().to_owned();
                        let items = items.map(|item| (text(&item["topic"]), text(&item["data"])));
                        replayed.items.extend(items);
                    }
                    "say" => replayed
                        .items
                        .push(("own".to_owned(), encode_item(&argument.to_string()))),
                    "again" => replayed.again = true,
                    "finish" => replayed.finish = true,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    replayed
}

fn argument(payloads: Option<&Payloads>) -> Value {
    let first = payloads.and_then(|payloads| payloads.payloads.first());
    first.map_or(Value::Null, |it| serde_json::from_slice(&it.data).unwrap())
}

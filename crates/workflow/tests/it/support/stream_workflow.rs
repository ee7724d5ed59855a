//! A workflow with a stream that executes commands, in Rust or Python, and a subscriber to it.

use fast_temporal_testkit::dev_server::{self, TestServer};
use fast_temporal_workflow::{
    stream::{
        self, Item, Publisher, PublisherConfig, SubscribeError, Subscriber, SubscriberConfig,
    },
    testing::replay,
};
use futures::StreamExt as _;
use serde_json::Value;
use temporalio_client::{
    Client, UntypedQuery, UntypedSignal, UntypedWorkflowHandle, WorkflowDescribeOptions,
    WorkflowFetchHistoryOptions, WorkflowGetResultOptions, WorkflowQueryOptions,
    WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::{UntypedWorkflow, data_converters::RawValue};

use super::{
    activity::Notes,
    python_program::Program,
    test_env::{TASK_QUEUE, connect_to, run_worker, soon},
    workflow::manual_stream::{Command, ManualStream},
};

/// Runs a test with a workflow in Rust on a new dev server.
pub(crate) async fn with_rust_workflow(test: impl AsyncFnOnce(&TestServer, StreamWorkflow)) {
    let server = dev_server::start().await;
    with_rust_workflow_on(&server, async |workflow| test(&server, workflow).await).await;
}

/// Runs a test with a workflow in Rust on a dev server.
pub(crate) async fn with_rust_workflow_on(
    server: &TestServer,
    test: impl AsyncFnOnce(StreamWorkflow),
) {
    let client = connect_to(server).await;
    let started =
        async { test(StreamWorkflow::start(&client, "rust-stream", TASK_QUEUE).await).await };
    run_worker(&client, Notes::default(), started).await;
}

/// Runs a test with a workflow in Python on a new dev server.
pub(crate) async fn with_python_workflow(test: impl AsyncFnOnce(&TestServer, StreamWorkflow)) {
    let server = dev_server::start().await;
    let client = connect_to(&server).await;
    let mut worker = Program::start("stream_workflow", &[server.address(), "python"]).await;
    worker.expect_line("ready").await;
    let workflow = StreamWorkflow::start(&client, "python-stream", "python").await;
    test(&server, workflow).await;
}

/// A workflow with a stream, in Rust or Python.
pub(crate) struct StreamWorkflow {
    pub(crate) id: String,
    pub(crate) client: Client,
}

impl StreamWorkflow {
    pub(crate) async fn start(client: &Client, kind: &str, task_queue: &str) -> Self {
        let id = format!("{kind}-{}", std::process::id());
        let input = raw(client, &serde_json::json!({}));
        let options = WorkflowStartOptions::new(task_queue, &id).build();
        let started = client.start_workflow(UntypedWorkflow::new(kind), input, options);
        started.await.unwrap();
        Self {
            id,
            client: client.clone(),
        }
    }

    pub(crate) fn handle(&self) -> UntypedWorkflowHandle<Client> {
        self.client.get_workflow_handle::<UntypedWorkflow>(&self.id)
    }

    pub(crate) async fn send(&self, command: Command) {
        self.signal("command", &serde_json::to_value(command).unwrap())
            .await;
    }

    pub(crate) async fn publish(&self, topic: &str, value: impl Into<Value>) {
        let (topic, value) = (topic.to_owned(), value.into());
        self.send(Command::Publish { topic, value }).await;
    }

    /// Truncates the stream, and waits until that is visible.
    pub(crate) async fn truncate(&self, up_to: u64) {
        self.send(Command::Truncate { up_to }).await;
        let input = serde_json::json!({"from_offset": 0});
        soon("the stream is truncated", async {
            loop {
                let answer = self.query(stream::POLL, Some(&input)).await;
                if answer["items"][0]["offset"] == up_to {
                    break;
                }
            }
        })
        .await;
    }

    pub(crate) async fn signal(&self, name: &str, input: &Value) {
        let (signal, input) = (UntypedSignal::new(name), raw(&self.client, input));
        let options = WorkflowSignalOptions::default();
        self.handle().signal(signal, input, options).await.unwrap();
    }

    pub(crate) async fn query(&self, name: &str, input: Option<&Value>) -> Value {
        let input = input.map_or(RawValue::new(Vec::new()), |input| raw(&self.client, input));
        let (query, options) = (UntypedQuery::new(name), WorkflowQueryOptions::default());
        let answer = soon("a query", self.handle().query(query, input, options)).await;
        serde_json::from_slice(&answer.unwrap().payloads[0].data).unwrap()
    }

    /// Replays the history of the current run with the workflow in Rust.
    pub(crate) async fn assert_replays(&self) {
        let options = WorkflowFetchHistoryOptions::default();
        let history = self.handle().fetch_history(options).to_json().await;
        let replayed = replay::<ManualStream>(&history.unwrap()).await;
        assert!(replayed.is_ok(), "{replayed:?}");
    }

    /// Waits for the result.
    pub(crate) async fn result(&self) -> Value {
        let options = WorkflowGetResultOptions::default();
        let result = self.handle().get_result(options).await;
        serde_json::from_slice(&result.unwrap().payloads[0].data).unwrap()
    }

    pub(crate) async fn run_id(&self) -> String {
        let described = self
            .handle()
            .describe(WorkflowDescribeOptions::default())
            .await;
        described.unwrap().run_id().to_owned()
    }

    pub(crate) fn publisher(&self) -> Publisher {
        Publisher::new(&self.client, &self.id, PublisherConfig::default())
    }

    pub(crate) fn subscribe(&self) -> TestSubscriber {
        self.subscribe_with(SubscriberConfig::default())
    }

    pub(crate) fn subscribe_with(&self, config: SubscriberConfig) -> TestSubscriber {
        TestSubscriber(Subscriber::new(&self.client, &self.id, config))
    }
}

/// A subscriber with assertions.
pub(crate) struct TestSubscriber(Subscriber);

impl TestSubscriber {
    pub(crate) async fn item(&mut self) -> Item {
        let item = soon("an item", self.0.next()).await;
        item.expect("the stream has not ended").unwrap()
    }

    /// Returns the next items: offsets, topics, values.
    pub(crate) async fn items(&mut self, count: usize) -> Vec<(u64, String, Value)> {
        let mut items = Vec::new();
        for _ in 0..count {
            let item = self.item().await;
            let value = item.value().unwrap();
            items.push((item.offset, item.topic, value));
        }
        items
    }

    /// Asserts what the next item is: its offset, topic and value.
    pub(crate) async fn expect_item(&mut self, offset: u64, topic: &str, value: impl Into<Value>) {
        let expected = (offset, topic.to_owned(), value.into());
        assert_eq!(self.items(1).await, [expected]);
    }

    pub(crate) async fn expect_error(mut self) -> SubscribeError {
        let item = soon("an error", self.0.next()).await;
        item.expect("an error before the end").unwrap_err()
    }

    pub(crate) async fn expect_end(mut self) {
        let end = soon("the end of the stream", self.0.next()).await;
        assert!(end.is_none(), "{end:?}");
    }
}

fn raw(client: &Client, value: &Value) -> RawValue {
    RawValue::from_value(value, client.options().data_converter.payload_converter())
}

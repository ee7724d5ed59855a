//! The vocabulary of these tests: a server, a client, a workflow that is told what to do.

use std::time::Duration;

use fast_temporal_testkit::dev_server::TestServer;
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
use temporalio_common::{
    UntypedWorkflow, data_converters::RawValue, worker::WorkerDeploymentOptions,
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};
use tokio::time::timeout;

use super::workflow::{Command, Counter, StreamHost};

pub(crate) const TASK_QUEUE: &str = "rust";
/// How long anything may take that should happen soon. Generous: the machine may be busy.
const SOON: Duration = Duration::from_secs(40);

/// Waits for what should happen soon.
#[track_caller]
pub(crate) fn soon<F: Future>(what: &str, happens: F) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move {
        let Ok(outcome) = timeout(SOON, happens).await else {
            panic!("not within {SOON:?}: {what} (at {place})");
        };
        outcome
    }
}

/// A client whose worker keeps the types of failures.
pub(crate) async fn connect(server: &TestServer) -> Client {
    let url = format!("http://{}", server.address());
    fast_temporal_workflow::connect(&url, "default")
        .await
        .unwrap()
}

/// Does what the test does beside a worker of the workflow in Rust.
pub(crate) async fn with_worker<T>(client: &Client, test: impl Future<Output = T>) -> T {
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).unwrap();
    let options = WorkerOptions::new(TASK_QUEUE)
        .register_workflow::<StreamHost>()
        .unwrap()
        .register_activities(Counter)
        .deployment_options(WorkerDeploymentOptions::from_build_id("test".to_owned()))
        .build();
    let mut worker = Worker::new(&runtime, client.clone(), options).unwrap();
    let stop = worker.shutdown_handle();
    let mut running = std::pin::pin!(worker.run());
    let outcome = tokio::select! {
        outcome = test => outcome,
        ended = &mut running => panic!("the worker ended: {ended:?}"),
    };
    stop();
    soon("the worker stops", running).await.unwrap();
    outcome
}

/// A workflow that holds a stream, in whichever language.
pub(crate) struct Workflow {
    pub(crate) id: String,
    client: Client,
}

impl Workflow {
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

    pub(crate) async fn tell(&self, command: Command) {
        self.signal("tell", &serde_json::to_value(command).unwrap())
            .await;
    }

    pub(crate) async fn publish(&self, topic: &str, value: impl Into<Value>) {
        let (topic, value) = (topic.to_owned(), value.into());
        self.tell(Command::Publish { topic, value }).await;
    }

    /// Truncates the stream, and waits until it is.
    pub(crate) async fn truncate(&self, up_to: u64) {
        self.tell(Command::Truncate { up_to }).await;
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

    /// Runs the current run's history again, by the workflow in Rust.
    pub(crate) async fn replays(&self) {
        let options = WorkflowFetchHistoryOptions::default();
        let history = self.handle().fetch_history(options).to_json().await;
        let replayed = replay::<StreamHost>(&history.unwrap()).await;
        assert!(replayed.is_ok(), "{replayed:?}");
    }

    /// Waits for its end.
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

    pub(crate) fn read(&self) -> Reader {
        self.read_with(SubscriberConfig::default())
    }

    pub(crate) fn read_with(&self, config: SubscriberConfig) -> Reader {
        Reader(Subscriber::new(&self.client, &self.id, config))
    }
}

/// A subscriber, in the words of a test.
pub(crate) struct Reader(Subscriber);

impl Reader {
    pub(crate) async fn item(&mut self) -> Item {
        let item = soon("an item", self.0.next()).await;
        item.expect("the stream goes on").unwrap()
    }

    /// The next items: offsets, topics, values.
    pub(crate) async fn items(&mut self, count: usize) -> Vec<(u64, String, Value)> {
        let mut items = Vec::new();
        for _ in 0..count {
            let item = self.item().await;
            let value = item.value().unwrap();
            items.push((item.offset, item.topic, value));
        }
        items
    }

    pub(crate) async fn fails(mut self) -> SubscribeError {
        let item = soon("an error", self.0.next()).await;
        item.expect("it does not end").unwrap_err()
    }

    pub(crate) async fn ends(mut self) {
        let end = soon("the end of the stream", self.0.next()).await;
        assert!(end.is_none(), "{end:?}");
    }
}

fn raw(client: &Client, value: &Value) -> RawValue {
    RawValue::from_value(value, client.options().data_converter.payload_converter())
}

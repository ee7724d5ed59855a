//! A dev server, a worker with all workflows, and handles to the workflows.

use std::time::Duration;

use fast_temporal_testkit::dev_server::{self, TestServer};
use fast_temporal_workflow::connect;
use serde_json::Value;
use temporalio_client::{
    Client, UntypedQuery, UntypedSignal, UntypedUpdate, UntypedWorkflow, WorkflowHandle,
    WorkflowStartOptions,
    errors::{WorkflowGetResultError, WorkflowQueryError, WorkflowUpdateError},
};
use temporalio_common::{
    data_converters::{PayloadConverter, RawValue},
    protos::temporal::api::history::v1::{HistoryEvent, history_event::Attributes},
    worker::WorkerDeploymentOptions,
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions};

use crate::support::{
    activity::{Activities, Notes},
    workflow::{self, manual_stream::Counter},
};

pub(crate) const TASK_QUEUE: &str = "workflow-tests";
/// The timeout for anything that should happen soon. Generous, because the machine may be busy.
const SOON: Duration = Duration::from_secs(40);

/// Waits for what should happen soon, and panics at the caller's location if it does not.
#[track_caller]
pub(crate) fn soon<F: Future>(what: &str, happens: F) -> impl Future<Output = F::Output> {
    let location = std::panic::Location::caller();
    async move {
        let Ok(outcome) = tokio::time::timeout(SOON, happens).await else {
            panic!("not within {SOON:?}: {what} (at {location})");
        };
        outcome
    }
}

pub(crate) struct TestEnv {
    client: Client,
    pub(crate) notes: Notes,
}

/// Runs a test beside a new dev server and a worker.
pub(crate) async fn with_worker(test: impl AsyncFnOnce(TestEnv)) {
    with_server(dev_server::start().await, test).await;
}

/// Runs a test beside a worker of a dev server.
pub(crate) async fn with_server(server: TestServer, test: impl AsyncFnOnce(TestEnv)) {
    let client = connect_to(&server).await;
    let notes = Notes::default();
    let env = TestEnv {
        client: client.clone(),
        notes: notes.clone(),
    };
    run_worker(&client, notes, test(env)).await;
}

/// Returns a client that preserves error types.
pub(crate) async fn connect_to(server: &TestServer) -> Client {
    let url = format!("http://{}", server.address());
    connect(&url, "default").await.unwrap()
}

/// Runs a worker with all workflows and activities until the test ends.
pub(crate) async fn run_worker<T>(
    client: &Client,
    notes: Notes,
    test: impl Future<Output = T>,
) -> T {
    let runtime = Runtime::from_current_tokio(temporalio_sdk::runtime::RuntimeOptions::default());
    let mut options = WorkerOptions::new(TASK_QUEUE)
        .register_activities(Activities { notes })
        .register_activities(Counter)
        .deployment_options(WorkerDeploymentOptions::from_build_id("tests".to_owned()))
        .build();
    workflow::register(&mut options);
    let mut worker = Worker::new(&runtime.unwrap(), client.clone(), options).unwrap();
    let stop = worker.shutdown_handle();
    let mut running = Box::pin(worker.run());
    let outcome = tokio::select! {
        ended = &mut running => panic!("the worker ended: {ended:?}"),
        outcome = Box::pin(test) => outcome,
    };
    stop();
    soon("the worker stops", running).await.unwrap();
    outcome
}

/// A started workflow.
pub(crate) struct WorkflowRun(pub(crate) WorkflowHandle<Client, UntypedWorkflow>);

impl TestEnv {
    /// Starts a workflow with one argument or none.
    pub(crate) async fn start(&self, kind: &str, input: Option<Value>) -> WorkflowRun {
        let id = format!("{kind}-{}", fastrand::u64(..));
        let options = WorkflowStartOptions::new(TASK_QUEUE, id).build();
        let arguments = raw(input.as_slice());
        let started = self
            .client
            .start_workflow(UntypedWorkflow::new(kind), arguments, options)
            .await;
        WorkflowRun(started.unwrap())
    }

    /// Returns a handle to the latest run of a workflow.
    pub(crate) fn latest(&self, handle: &WorkflowRun) -> WorkflowRun {
        let client = &self.client;
        WorkflowRun(client.get_workflow_handle::<UntypedWorkflow>(handle.id()))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

impl WorkflowRun {
    pub(crate) fn id(&self) -> &str {
        &self.0.info().workflow_id
    }

    pub(crate) async fn query(&self, name: &str, arguments: &[Value]) -> Value {
        self.try_query(name, arguments).await.unwrap()
    }

    pub(crate) async fn try_query(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, WorkflowQueryError> {
        let options = temporalio_client::WorkflowQueryOptions::default();
        let query = UntypedQuery::new(name);
        let answer = self.0.query(query, raw(arguments), options).await;
        answer.map(value)
    }

    /// Queries until the result is the expected one.
    pub(crate) async fn query_until(
        &self,
        name: &str,
        is_expected: impl Fn(&Value) -> bool,
    ) -> Value {
        let polling = async {
            loop {
                let answer = self.query(name, &[]).await;
                if is_expected(&answer) {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        soon(name, polling).await
    }

    pub(crate) async fn signal(&self, name: &str, arguments: &[Value]) {
        let options = temporalio_client::WorkflowSignalOptions::default();
        self.0
            .signal(UntypedSignal::new(name), raw(arguments), options)
            .await
            .unwrap();
    }

    pub(crate) async fn update(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, WorkflowUpdateError> {
        let options = temporalio_client::WorkflowExecuteUpdateOptions::default();
        let update = self
            .0
            .execute_update(UntypedUpdate::new(name), raw(arguments), options);
        update.await.map(value)
    }

    /// Cancels the workflow once its activity runs.
    pub(crate) async fn cancel_running(&self, reason: &str) {
        let running = |current: &Value| current["status"] == "Running";
        self.query_until("get_current_activity", running).await;
        self.cancel(reason).await;
    }

    async fn cancel(&self, reason: &str) {
        let options = temporalio_client::WorkflowCancelOptions::builder()
            .reason(reason.to_owned())
            .build();
        self.0.cancel(options).await.unwrap();
    }

    pub(crate) async fn result(&self) -> Result<Value, WorkflowGetResultError> {
        let result = self
            .0
            .get_result(temporalio_client::WorkflowGetResultOptions::default());
        soon("the result", result).await.map(value)
    }

    pub(crate) async fn events(&self) -> Vec<HistoryEvent> {
        let options = temporalio_client::WorkflowFetchHistoryOptions::default();
        self.0.fetch_history(options).into_events().await.unwrap()
    }

    /// Returns the memo upserts of the run, each with the workflow's time in milliseconds.
    pub(crate) async fn memo_upserts(&self) -> Vec<(i64, Value)> {
        let mut upserts = Vec::new();
        let mut now = 0;
        for event in self.events().await {
            let time = event.event_time.unwrap();
            match event.attributes {
                Some(Attributes::WorkflowTaskStartedEventAttributes(_)) => {
                    now = time.seconds * 1_000 + i64::from(time.nanos) / 1_000_000;
                }
                Some(Attributes::WorkflowPropertiesModifiedEventAttributes(attributes)) => {
                    let fields = attributes.upserted_memo.unwrap_or_default().fields;
                    let fields = fields
                        .into_iter()
                        .map(|(key, payload)| (key, value(RawValue::new(vec![payload]))))
                        .collect::<serde_json::Map<_, _>>();
                    upserts.push((now, Value::Object(fields)));
                }
                _ => {}
            }
        }
        upserts
    }
}

fn raw(values: &[Value]) -> RawValue {
    let encode = |value| RawValue::from_value(value, &PayloadConverter::default()).payloads;
    RawValue::new(values.iter().flat_map(encode).collect())
}

fn value(raw: RawValue) -> Value {
    raw.to_value(&PayloadConverter::default())
}

//! A dev server, a worker with all workflows, and a client to talk to them.

use std::{pin::pin, time::Duration};

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

use crate::{
    activity::{Activities, Notes},
    workflow,
};

const TASK_QUEUE: &str = "workflow-tests";
/// How long a test may wait for something.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    client: Client,
    pub(crate) notes: Notes,
}

/// Runs a test beside a worker.
pub(crate) async fn with_worker(test: impl AsyncFnOnce(World)) {
    with_server(dev_server::start().await, test).await;
}

pub(crate) async fn with_server(server: TestServer, test: impl AsyncFnOnce(World)) {
    let client = connect(&format!("http://{}", server.address()), "default")
        .await
        .unwrap();
    let notes = Notes::default();
    let activities = Activities {
        notes: notes.clone(),
    };
    let runtime = Runtime::from_current_tokio(temporalio_sdk::runtime::RuntimeOptions::default());
    let mut options = WorkerOptions::new(TASK_QUEUE)
        .register_activities(activities)
        .deployment_options(WorkerDeploymentOptions::from_build_id("tests".to_owned()))
        .build();
    workflow::register(&mut options);
    let mut worker = Worker::new(&runtime.unwrap(), client.clone(), options).unwrap();
    let stop = worker.shutdown_handle();
    let mut running = pin!(worker.run());
    let world = World { client, notes };
    tokio::select! {
        ended = &mut running => panic!("the worker ended: {ended:?}"),
        () = test(world) => stop(),
    }
    running.await.unwrap();
}

pub(crate) struct Handle(WorkflowHandle<Client, UntypedWorkflow>);

impl World {
    /// Starts a workflow of a type with one argument, or none.
    pub(crate) async fn start(&self, kind: &str, input: Option<Value>) -> Handle {
        let id = format!("{kind}-{}", uuid::Uuid::new_v4());
        let options = WorkflowStartOptions::new(TASK_QUEUE, id).build();
        let arguments = raw(input.as_slice());
        let started = self
            .client
            .start_workflow(UntypedWorkflow::new(kind), arguments, options)
            .await;
        Handle(started.unwrap())
    }

    /// A handle of whatever run is the latest.
    pub(crate) fn latest(&self, handle: &Handle) -> Handle {
        let client = &self.client;
        Handle(client.get_workflow_handle::<UntypedWorkflow>(handle.id()))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

impl Handle {
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

    /// Asks until the answer is what the test waits for.
    pub(crate) async fn query_until(&self, name: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let asked = async {
            loop {
                let answer = self.query(name, &[]).await;
                if is_it(&answer) {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap()
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

    /// Cancels it once its activity runs.
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
        let result = tokio::time::timeout(PATIENCE, result).await.unwrap();
        result.map(value)
    }

    /// The history of the run that it names, as it is kept.
    pub(crate) async fn record(&self) -> String {
        fast_temporal_workflow::testing::record_run(&self.0)
            .await
            .unwrap()
    }

    pub(crate) async fn events(&self) -> Vec<HistoryEvent> {
        let options = temporalio_client::WorkflowFetchHistoryOptions::default();
        self.0.fetch_history(options).into_events().await.unwrap()
    }

    /// What the run has upserted to its memo, each time, with the workflow's own time then, in
    /// milliseconds.
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

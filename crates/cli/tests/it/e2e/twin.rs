//! The same workflows on the Python package's base and on ours in Rust. A client of the seed dialect receives the same
//! messages from both.

use std::pin::pin;

use fast_temporal_testkit::dev_server::{self, TestServer};
use serde_json::{Value, json};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use super::twin_workflow as workflow;
use crate::support::{Frame, Gateway, Python, SeedClient, TASK_QUEUE, Workflow, soon};

/// The task queue of the Rust worker.
const RUST_QUEUE: &str = "e2e-rust";

/// Runs a test while the Rust worker is running.
async fn beside_rust_worker(temporal: &TestServer, test: impl Future<Output = ()>) {
    let url = format!("http://{}", temporal.address());
    let client = fast_temporal_workflow::connect(&url, "default")
        .await
        .expect("a client");
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).expect("a runtime");
    let mut options = WorkerOptions::new(RUST_QUEUE)
        .register_activities(workflow::Activities)
        .build();
    workflow::register(&mut options);
    let mut worker = Worker::new(&runtime, client, options).expect("a worker");
    let stop = worker.shutdown_handle();
    let mut running = pin!(worker.run());
    tokio::select! {
        ended = &mut running => panic!("the worker ended: {ended:?}"),
        () = test => stop(),
    }
    running.await.expect("a worker that stops");
}

/// Returns the messages of a workflow on a task queue, up to the last one.
async fn frames_of(
    client: &mut SeedClient,
    name: &'static str,
    args: &Value,
    queue: &str,
) -> Vec<Frame> {
    let mut message = Workflow::named(name).message(args);
    message["workflow"]["workflow_task_queue"] = queue.into();
    client.send(&message).await;
    let mut frames: Vec<Frame> = Vec::new();
    let is_last = |frame: &Frame| {
        frame.status == "Done" || frame.status == "Failed" && frame.activity().is_none()
    };
    while !frames.last().is_some_and(is_last) {
        frames.push(soon(name, client.frame()).await);
    }
    frames
}

#[tokio::test(flavor = "multi_thread")]
async fn workflows_in_rust_are_reported_like_those_in_python() {
    let temporal = dev_server::start().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let mut client = SeedClient::connect(&gateway, "alice").await;
    let args = json!({"prompt": "a story", "user_id": "alice"});
    let three = ["generate_content", "write_file", "create_audio"];
    let cases = [
        (
            "three activities, each scheduled by the callback of the one before",
            "TestWorkflow",
            args.clone(),
            Frame::sequence(
                &three,
                json!({"audio": "story.mp3", "text": "a story, written for alice"}),
            ),
        ),
        (
            "an activity fails, and the workflow completes",
            "HandledFailureWorkflow",
            args.clone(),
            vec![
                Frame::running("generate_content"),
                Frame::completed("generate_content"),
                Frame::running("break_down"),
                Frame::failed("break_down"),
                Frame::done(json!({"gave_up": "break_down"})),
            ],
        ),
        (
            "a run that returns nothing, after a callback did",
            "SilentWorkflow",
            args.clone(),
            Frame::sequence(&["process_data"], json!({"done": {"processed": args}})),
        ),
        (
            "a workflow that fails",
            "FailingWorkflow",
            json!("alice"),
            vec![Frame::workflow_failed("no workflow for alice")],
        ),
        (
            "steps by the names in the arguments, with results that are kept as state",
            "StepsWorkflow",
            json!({"steps": ["echo one", "echo two"], "arg": [1, {"two": null}]}),
            Frame::sequence(
                &["echo one", "echo two"],
                json!({"results": [[1, {"two": null}], [1, {"two": null}]]}),
            ),
        ),
    ];
    beside_rust_worker(&temporal, async {
        for (case, name, args, expected) in &cases {
            let python = frames_of(&mut client, name, args, TASK_QUEUE).await;
            let rust = frames_of(&mut client, name, args, RUST_QUEUE).await;
            assert_eq!(&python, expected, "{case}, in Python");
            assert_eq!(&rust, expected, "{case}, in Rust");
        }
        client.assert_silent().await;
    })
    .await;
}

//! Workers and clients of the unmodified Python package from PyPI.

use fast_temporal_testkit::dev_server::{self, TestServer};
use serde_json::{Value, json};

use crate::support::{Frame, Gateway, Process, Python, SeedClient, TASK_QUEUE, Workflow, soon};

const TEST: Workflow = Workflow::named("TestWorkflow");

/// Returns the messages of `TestWorkflow` for a prompt.
fn test_workflow_frames(prompt: &str, user: &str) -> Vec<Frame> {
    Frame::sequence(
        &["generate_content", "write_file", "create_audio"],
        json!({"audio": "story.mp3", "text": format!("{prompt}, written for {user}")}),
    )
}

async fn frames_of(client: &mut Process) -> Vec<Frame> {
    assert!(client.ended().await.success(), "{client:?}");
    client
        .output()
        .iter()
        .map(|line| Frame::parse(line))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn client_and_worker_of_release_0_3_work_unmodified() {
    let temporal = dev_server::start().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;

    let message = TEST.message(&json!({"prompt": "a story", "user_id": "alice"}));
    let mut client = python.seed_client(&gateway.seed_url("alice"), &message);

    assert_eq!(
        frames_of(&mut client).await,
        test_workflow_frames("a story", "alice")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn client_and_worker_of_release_0_1_work_unmodified_with_their_configuration() {
    let temporal = dev_server::start().await;
    let gateway = Gateway::run(&dotenv_of_release_0_1(&temporal), &[]).await;
    let python = Python::package_0_1_0().await;
    let _worker = python.seed_worker(&temporal).await;

    let message = json!({
        "args": {"prompt": "a story", "user_id": "alice"},
        "origin": "streamlit_ui",
    });
    let mut client = python.seed_client(&gateway.seed_url("alice"), &message);

    assert_eq!(
        frames_of(&mut client).await,
        test_workflow_frames("a story", "alice")
    );
    let log = gateway.process().folder().join("app.log");
    let log = std::fs::read_to_string(log).expect("the log file");
    assert!(log.contains("started a workflow"), "{log}");
    assert!(
        log.contains("OTHER MACHINES CAN REACH THIS GATEWAY"),
        "{log}"
    );
}

/// The `.env` in the package's readme, with the values of this test.
fn dotenv_of_release_0_1(temporal: &TestServer) -> String {
    format!(
        "TEMPORAL_CLIENT={}\n\
         TEMPORAL_WORKFLOW=TestWorkflow\n\
         TEMPORAL_TASK_QUEUE={TASK_QUEUE}\n\
         START_SIGNAL_FUNCTION=handle_llm_request\n\
         POLLING_INTERVAL=0.5\n\
         ALLOWED_ORIGINS=*\n\
         FASTAPI_HOST=0.0.0.0\n\
         FASTAPI_PORT=0\n\
         FASTAPI_RELOAD=true\n\
         LOG_FILE=app.log\n",
        temporal.address()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn workflows_of_every_kind_are_reported_until_they_close() {
    let temporal = dev_server::start().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let mut client = SeedClient::connect(&gateway, "alice").await;
    let args = json!({"prompt": "a story", "user_id": "alice"});

    let readme = Workflow {
        name: "MyWorkflow",
        signal: None,
    };
    let cases: [(&str, Workflow, Vec<Frame>); 5] = [
        (
            "three activities",
            TEST,
            test_workflow_frames("a story", "alice"),
        ),
        (
            "an activity fails, and the workflow handles it",
            Workflow::named("HandledFailureWorkflow"),
            vec![
                Frame::running("generate_content"),
                Frame::completed("generate_content"),
                Frame::running("break_down"),
                Frame::failed("break_down"),
                Frame::done(json!({"gave_up": "break_down"})),
            ],
        ),
        (
            "the readme's example, started with its argument, returns nothing",
            readme,
            Frame::sequence(&["process_data"], json!({"processed": args})),
        ),
        (
            "a run that returns nothing, after a callback did",
            Workflow::named("SilentWorkflow"),
            Frame::sequence(&["process_data"], json!({"done": {"processed": args}})),
        ),
        (
            "the same once more, on the same connection",
            TEST,
            test_workflow_frames("a story", "alice"),
        ),
    ];
    for (case, workflow, expected) in cases {
        client.start(workflow, &args).await;
        assert_eq!(client.frames_until_done().await, expected, "{case}");
    }

    client
        .start(Workflow::named("FailingWorkflow"), &json!("alice"))
        .await;
    assert_eq!(
        client.frame().await,
        Frame::workflow_failed("no workflow for alice")
    );
    client.assert_silent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_and_results_of_every_type_arrive_unchanged() {
    let temporal = dev_server::start().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let mut client = SeedClient::connect(&gateway, "Käthe-世界").await;

    for value in values() {
        client.start(Workflow::named("EchoWorkflow"), &value).await;
        let shown: String = value.to_string().chars().take(80).collect();
        let frames = soon(&shown, client.frames_until_done()).await;
        assert_eq!(frames, Frame::sequence(&["echo"], value), "{shown}");
    }
}

fn values() -> Vec<Value> {
    let deep = (0..100).fold(json!("deep"), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("plain"),
        json!("Grüße, 世界 🌍, \u{0} \u{7f} \u{2028} \" \\ / \r\n\t"),
        json!("null"),
        json!([]),
        json!([null, [1, "two", [3.0]], {}]),
        json!({}),
        json!({"": 0, "schlüssel 🗝": {"status": "Done", "origin": "temporal"}}),
        json!("x".repeat(200_000)),
        deep,
    ]
}

//! Clients that send invalid data.

use fast_temporal_testkit::{
    dev_server,
    websocket::{frame, unmasked_frame},
};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Frame, Gate, Gateway, Python, RawClient, SeedClient, Workflow, get};

const STEPS: Workflow = Workflow::named("StepsWorkflow");
/// The close code for a message over the limit.
const TOO_LARGE: u16 = 1009;

/// Invalid messages and their error codes.
fn invalid_messages() -> Vec<(&'static str, Message, &'static str)> {
    let text = |text: &str| Message::text(text);
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let with = |workflow: &str| text(&format!(r#"{{"args": 1, "workflow": {workflow}}}"#));
    vec![
        (
            "binary",
            Message::binary(vec![0, 1, 2]),
            "binary_not_supported",
        ),
        ("binary JSON", Message::binary("{}"), "binary_not_supported"),
        ("empty", text(""), "invalid_json"),
        ("not JSON", text("start, please"), "invalid_json"),
        ("cut off", text(r#"{"args": {"#), "invalid_json"),
        ("two values", text("{} {}"), "invalid_json"),
        (
            "unclosed nesting",
            text(&"[".repeat(500_000)),
            "invalid_json",
        ),
        ("a list", text("[1, 2]"), "expected_object"),
        ("a string", text(r#""start""#), "expected_object"),
        ("null", text("null"), "expected_object"),
        (
            "no workflow, and none configured",
            text(r#"{"args": 1}"#),
            "unknown_workflow",
        ),
        (
            "no name",
            with(r#"{"workflow_task_queue": "e2e"}"#),
            "missing_field",
        ),
        (
            "no task queue",
            with(r#"{"workflow_name": "TestWorkflow"}"#),
            "missing_field",
        ),
        (
            "workflow is not an object",
            with(r#""TestWorkflow""#),
            "invalid_field",
        ),
        (
            "name is not a string",
            with(r#"{"workflow_name": 1, "workflow_task_queue": "e2e"}"#),
            "invalid_field",
        ),
        (
            "name is too long",
            with(&format!(
                r#"{{"workflow_name": "{}", "workflow_task_queue": "e2e"}}"#,
                "x".repeat(2000)
            )),
            "invalid_field",
        ),
        (
            "half a character",
            text(r#"{"args": "\ud83d"}"#),
            "invalid_field",
        ),
        (
            "args twice",
            text(r#"{"args": 1, "args": 2}"#),
            "invalid_field",
        ),
        (
            "deep args",
            text(&format!(r#"{{"args": {}}}"#, deep(1000))),
            "invalid_field",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_messages_are_answered_with_a_code_and_the_connection_stays_open() {
    let temporal = dev_server::start().await;
    let gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let gate = Gate::open().await;
    let mut bystander = SeedClient::connect(&gateway, "bystander").await;
    let plan = json!({"steps": ["gate one", "gate two"], "arg": gate.address()});
    bystander.start(STEPS, &plan).await;
    gate.pass(&["gate one"]).await;
    let mut hostile = SeedClient::connect(&gateway, "hostile").await;

    for (case, message, code) in invalid_messages() {
        hostile.send_message(message).await;
        let frame = hostile.frame().await;
        assert_eq!(frame.status, "Error", "{case}: {frame:?}");
        assert_eq!(frame.code.as_deref(), Some(code), "{case}: {frame:?}");
        let message = frame.message.as_str().expect("an error message");
        assert!(
            !message.is_empty() && message.len() < 500,
            "{case}: {message}"
        );
    }
    // A message of the gateway that a client returns starts nothing.
    hostile
        .send(&json!({"origin": "temporal", "message": "a: Running", "status": "Running"}))
        .await;
    hostile.send_message(Message::Ping("ping".into())).await;

    hostile
        .start(STEPS, &json!({"steps": ["echo one"], "arg": 1}))
        .await;
    let expected = Frame::sequence(&["echo one"], json!({"results": [1]}));
    assert_eq!(hostile.frames_until_done().await, expected);
    gate.pass(&["gate two"]).await;
    let names = ["gate one", "gate two"];
    let expected = Frame::sequence(&names, json!({"results": names}));
    assert_eq!(bystander.frames_until_done().await, expected);
}

/// Invalid bytes with the close code that answers them.
fn invalid_frames() -> Vec<(&'static str, Vec<u8>, u16)> {
    let too_large = frame(0x81, &vec![b'x'; 2 * 1024 * 1024]);
    // The maximum length, without a payload.
    let endless = [&[0x81, 0xFF][..], &[0x7F; 8], &[0; 4]].concat();
    let not_utf8 = frame(0x81, b"{\"args\": \"\xFF\"}");
    vec![
        ("2 MiB", too_large, TOO_LARGE),
        ("a length beyond all memory", endless, TOO_LARGE),
        ("not UTF-8", not_utf8, 1007),
        ("not masked", unmasked_frame(0x81, b"{}"), 1002),
        ("an unknown opcode", frame(0x83, b"{}"), 1002),
        ("a ping of 200 bytes", frame(0x89, &[b'x'; 200]), 1002),
        ("a continuation without a start", frame(0x80, b"{}"), 1002),
        ("reserved bits", vec![0xF1, 0x80, 0, 0, 0, 0], 1002),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_frames_close_only_their_own_connection_with_a_close_code() {
    let temporal = dev_server::start().await;
    let gateway = Gateway::start(&temporal).await;
    let mut bystander = SeedClient::connect(&gateway, "hostile").await;

    for (case, bytes, close) in invalid_frames() {
        let mut hostile = RawClient::connect(&gateway, "hostile").await;
        hostile.write(&bytes).await;
        let mut frames = hostile.rest().await;
        let last = frames.pop().and_then(|frame| frame.close_code());
        assert_eq!(last, Some(close), "{case}");
        // The only error that is also reported as a message, as the client can be well-behaved.
        let expected = (close == TOO_LARGE).then(|| Some("too_large".to_owned()));
        let codes = frames.iter().map(|frame| Frame::parse(&frame.text()).code);
        assert_eq!(
            codes.collect::<Vec<_>>(),
            Vec::from_iter(expected),
            "{case}"
        );
    }
    // Disconnected in the middle of a frame.
    let mut hostile = RawClient::connect(&gateway, "hostile").await;
    hostile.write(&[0x81, 0xFE, 0x10]).await;
    drop(hostile);

    bystander.assert_silent().await;
    assert_eq!(get(&gateway, "/healthz", &[]).await.status, 200);
}

//! Waiting for a workflow's outcome.

use std::time::Duration;

use fast_temporal_protocol::{Failure, event::WorkflowFailed};
use fast_temporal_testkit::fake::FakeWorkflow;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{Client, Gateway, Reply, Timer, path_of, payload};

/// Starts a workflow of `anna`.
async fn start(gateway: &Gateway) -> (String, FakeWorkflow) {
    let id = gateway.user("anna").start_plain().await;
    let workflow = gateway.engine.find(&id);
    (id, workflow)
}

async fn result(client: Client<'_>, id: &str, query: &str) -> Reply {
    client.get(&path_of(id, &format!("/result{query}"))).await
}

// Covers OP-23, OP-41.
#[tokio::test(start_paused = true)]
async fn result_reports_every_way_to_close() {
    type Close = fn(&FakeWorkflow);
    let gateway = Gateway::with_users(&[]).await;
    let cases: [(Close, Value); 5] = [
        (
            |it| it.complete(payload(json!({"b": 1}))),
            json!({"status": "completed", "result": {"b": 1}}),
        ),
        (
            |it| it.fail("no luck"),
            json!({"status": "failed", "message": "no luck"}),
        ),
        (FakeWorkflow::cancel, json!({"status": "canceled"})),
        (
            |it| it.terminate("enough"),
            json!({"status": "terminated", "message": "enough"}),
        ),
        (FakeWorkflow::time_out, json!({"status": "timed_out"})),
    ];
    for (close, expected) in cases {
        let (id, workflow) = start(&gateway).await;
        close(&workflow);
        // A closed workflow needs no wait.
        for query in ["", "?wait=0"] {
            let reply = result(gateway.user("anna"), &id, query).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            assert_eq!(reply.text("workflow_id"), id);
            assert_eq!(reply.text("run_id"), **workflow.run_id());
            assert_eq!(reply["status"], expected["status"]);
            assert_eq!(reply["result"], expected["result"]);
            assert_eq!(reply["failure"]["message"], expected["message"]);
        }
    }
}

// Covers OP-23.
#[tokio::test(start_paused = true)]
async fn result_is_that_of_the_last_run() {
    let gateway = Gateway::with_users(&[]).await;
    let (id, workflow) = start(&gateway).await;
    let second = workflow.continue_as_new();
    let waiting = async {
        sleep(Duration::from_secs(3)).await;
        let third = second.fail_and_retry("once more");
        sleep(Duration::from_secs(3)).await;
        third.complete(payload(3));
        third
    };
    let anna = gateway.user("anna");
    let (reply, last) = tokio::join!(result(anna, &id, ""), waiting);
    assert_eq!((reply.status, &reply["result"]), (200, &json!(3)));
    assert_eq!(reply.text("run_id"), **last.run_id());
}

// Covers OP-40.
#[tokio::test(start_paused = true)]
async fn result_of_an_open_workflow_is_not_closed() {
    let gateway = Gateway::with_users(&[]).await;
    let (id, _) = start(&gateway).await;
    for (query, expected) in [("", 30), ("?wait=0", 0), ("?wait=2.5", 2), ("?wait=60", 60)] {
        let timer = Timer::start();
        let reply = result(gateway.user("anna"), &id, query).await;
        assert_eq!(reply.error(), (409, "workflow_not_closed"), "{query}");
        assert_eq!(reply["error"]["retryable"], true);
        assert_eq!(timer.seconds(), expected, "{query}");
    }
    for wait in ["60.1", "-1", "NaN", "inf", "soon"] {
        let reply = result(gateway.user("anna"), &id, &format!("?wait={wait}")).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{wait}");
    }
}

// Covers OP-24, OP-42.
#[tokio::test(start_paused = true)]
async fn details_of_the_last_failure_are_hidden() {
    let gateway = Gateway::with_users(&[]).await;
    let (id, workflow) = start(&gateway).await;
    let failure = Failure {
        message: "no luck".to_owned(),
        kind: "application".to_owned(),
        details: vec![payload("secret")],
        cause: Some(Box::new(Failure {
            message: "the cause".to_owned(),
            details: vec![payload(1)],
            ..Failure::default()
        })),
        ..Failure::default()
    };
    workflow.end_with(WorkflowFailed {
        failure,
        new_run_id: None,
    });
    let hidden = result(gateway.user("anna"), &id, "").await;
    let failure = &hidden["failure"];
    assert_eq!(failure["message"], "no luck");
    assert_eq!(failure["details"], json!([{"hidden": true}]));
    assert_eq!(failure["cause"]["details"], json!([{"hidden": true}]));
    let seen = result(gateway.user("backend"), &id, "").await;
    assert_eq!(seen["failure"]["details"], json!(["secret"]));
}

// Covers OP-25.
#[tokio::test(start_paused = true)]
async fn result_waits_end_when_the_gateway_drains() {
    let mut gateway = Gateway::with_users(&[]).await;
    let (id, _) = start(&gateway).await;
    let shutdown = gateway.shutdown.clone();
    let stop = async {
        sleep(Duration::from_secs(1)).await;
        shutdown.cancel();
    };
    let (reply, ()) = tokio::join!(result(gateway.user("anna"), &id, ""), stop);
    assert_eq!(reply.error(), (503, "draining"));
    gateway.stop().await;
}

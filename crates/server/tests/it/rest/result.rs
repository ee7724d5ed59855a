//! Waiting for a workflow's outcome.

use std::time::Duration;

use fast_temporal_protocol::{Failure, Json, event::WorkflowFailed};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use fast_temporal_testkit::fake::FakeWorkflow;

use crate::support::{Api, Reply, Users, at};

async fn start(users: &Users) -> (String, FakeWorkflow) {
    let id = users.of("anna").start(json!({"workflow": "plain"})).await;
    let workflow = users.gateway.engine.find(&id);
    (id, workflow)
}

async fn result(api: Api<'_>, id: &str, query: &str) -> Reply {
    api.get(&at(id, &format!("/result{query}"))).await
}

fn text(json: &str) -> Json {
    Json::from_text(json.to_owned()).unwrap()
}

// Covers OP-23.
#[tokio::test(start_paused = true)]
async fn result_reports_every_way_to_close() {
    type End = fn(&FakeWorkflow);
    let users = Users::start().await;
    let ends: [(End, &str, Value, Value); 5] = [
        (
            |it| it.complete(text(r#"{"b":1}"#)),
            "completed",
            json!({"b": 1}),
            Value::Null,
        ),
        (
            |it| it.fail("no luck"),
            "failed",
            Value::Null,
            json!("no luck"),
        ),
        (FakeWorkflow::cancel, "canceled", Value::Null, Value::Null),
        (
            |it| it.terminate("enough"),
            "terminated",
            Value::Null,
            json!("enough"),
        ),
        (
            FakeWorkflow::time_out,
            "timed_out",
            Value::Null,
            Value::Null,
        ),
    ];
    for (end, status, returned, message) in ends {
        let (id, workflow) = start(&users).await;
        end(&workflow);
        let reply = result(users.of("anna"), &id, "").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.text("status"), status);
        assert_eq!(reply.text("workflow_id"), id);
        assert_eq!(reply.text("run_id"), **workflow.run_id());
        assert_eq!(reply.body["result"], returned);
        assert_eq!(reply.body["failure"]["message"], message);
    }
}

// Covers OP-23.
#[tokio::test(start_paused = true)]
async fn result_is_that_of_the_last_run() {
    let users = Users::start().await;
    let (id, workflow) = start(&users).await;
    let second = workflow.continue_as_new();
    let waiting = async {
        sleep(Duration::from_secs(3)).await;
        let third = second.fail_and_retry("once more");
        sleep(Duration::from_secs(3)).await;
        third.complete(text("3"));
        third
    };
    let anna = users.of("anna");
    let (reply, last) = tokio::join!(result(anna, &id, ""), waiting);
    assert_eq!((reply.status, &reply.body["result"]), (200, &json!(3)));
    assert_eq!(reply.text("run_id"), **last.run_id());
}

// Covers OP-40.
#[tokio::test(start_paused = true)]
async fn result_of_an_open_workflow_is_not_closed() {
    let users = Users::start().await;
    let (id, _) = start(&users).await;
    for (query, expected) in [("", 30), ("?wait=0", 0), ("?wait=2.5", 2), ("?wait=60", 60)] {
        let began = Instant::now();
        let reply = result(users.of("anna"), &id, query).await;
        assert_eq!(reply.error(), (409, "workflow_not_closed"), "{query}");
        assert_eq!(reply.body["error"]["retryable"], true);
        assert_eq!(began.elapsed().as_secs(), expected, "{query}");
    }
    for wait in ["60.1", "-1", "NaN", "inf", "soon"] {
        let reply = result(users.of("anna"), &id, &format!("?wait={wait}")).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{wait}");
    }
}

// Covers OP-41.
#[tokio::test(start_paused = true)]
async fn result_of_a_closed_workflow_needs_no_wait() {
    let users = Users::start().await;
    let (id, workflow) = start(&users).await;
    workflow.complete(text("1"));
    let reply = result(users.of("anna"), &id, "?wait=0").await;
    assert_eq!((reply.status, &reply.body["result"]), (200, &json!(1)));
}

// Covers OP-24, OP-42.
#[tokio::test(start_paused = true)]
async fn details_of_the_last_failure_are_hidden() {
    let users = Users::start().await;
    let (id, workflow) = start(&users).await;
    let failure = Failure {
        message: "no luck".to_owned(),
        kind: "application".to_owned(),
        details: vec![text(r#""secret""#)],
        cause: Some(Box::new(Failure {
            message: "the cause".to_owned(),
            details: vec![text("1")],
            ..Failure::default()
        })),
        ..Failure::default()
    };
    workflow.end_with(WorkflowFailed {
        failure,
        new_run_id: None,
    });
    let hidden = result(users.of("anna"), &id, "").await;
    let failure = &hidden.body["failure"];
    assert_eq!(failure["message"], "no luck");
    assert_eq!(failure["details"], json!([{"hidden": true}]));
    assert_eq!(failure["cause"]["details"], json!([{"hidden": true}]));
    let seen = result(users.of("backend"), &id, "").await;
    assert_eq!(seen.body["failure"]["details"], json!(["secret"]));
}

// Covers OP-25.
#[tokio::test(start_paused = true)]
async fn result_waits_end_when_the_gateway_drains() {
    let mut users = Users::start().await;
    let (id, _) = start(&users).await;
    let shutdown = users.gateway.shutdown.clone();
    let stop = async {
        sleep(Duration::from_secs(1)).await;
        shutdown.cancel();
    };
    let (reply, ()) = tokio::join!(result(users.of("anna"), &id, ""), stop);
    assert_eq!(reply.error(), (503, "draining"));
    users.gateway.stop().await;
}

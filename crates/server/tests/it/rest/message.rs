//! Signals, queries and updates.

use fast_temporal_core::Permissions;
use fast_temporal_protocol::{Failure, Json, v1::UpdateStage};
use fast_temporal_testkit::fake::Call;
use serde_json::{Value, json};

use crate::support::{Users, at};

async fn plain(users: &Users) -> String {
    users.of("anna").start(json!({"workflow": "plain"})).await
}

async fn order(users: &Users) -> String {
    let request = json!({"workflow": "order", "args": [{"amount": 1}]});
    users.of("anna").start(request).await
}

fn secret() -> Failure {
    Failure {
        message: "no seats left".to_owned(),
        kind: "application".to_owned(),
        error_type: Some("SoldOut".to_owned()),
        details: vec![Json::from_text(r#""seat 4 of row 7""#.to_owned()).unwrap()],
        ..Failure::default()
    }
}

/// Somebody who may see payloads, besides those who may not.
async fn users_with_seer() -> Users {
    let seer = Permissions {
        payloads: true,
        ..Permissions::own()
    };
    Users::with(&[("seer", Some("anna"), seer)]).await
}

// Covers OP-16, HTTP-9.
#[tokio::test]
async fn signal_reaches_its_workflow_with_its_arguments() {
    let users = Users::start().await;
    let id = plain(&users).await;
    let body = json!({"args": [{"b": 1}, null, 2.50]});
    let reply = users
        .of("anna")
        .post(&at(&id, "/signals/go%20on%2F%C3%A9"), body)
        .await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
    let sent = users.gateway.engine.sent().signals;
    assert_eq!(sent[0].name, "go on/é");
    assert_eq!(*sent[0].workflow_id, *id);
    assert_eq!(sent[0].run_id, None);
    let args: Vec<_> = sent[0].args.iter().map(Json::get).collect();
    assert_eq!(args, [r#"{"b":1}"#, "null", "2.5"]);
}

// Covers OP-21, HTTP-9.
#[tokio::test]
async fn messages_can_name_a_run() {
    let users = Users::start().await;
    let id = plain(&users).await;
    let first = users.gateway.engine.find(&id);
    let second = first.continue_as_new();
    let anna = users.of("anna");
    let to = |run: &str| at(&id, &format!("/signals/go?run_id={run}"));
    assert_eq!(anna.post(&to(second.run_id()), json!({})).await.status, 200);
    assert_eq!(anna.post(&to(""), json!({})).await.status, 200);
    let reply = anna.post(&to(first.run_id()), json!({})).await;
    assert_eq!(reply.error(), (409, "workflow_closed"));
    let unknown = to("00000000-0000-4000-8000-000000000000");
    let reply = anna.post(&unknown, json!({})).await;
    assert_eq!(reply.error(), (404, "not_found"));
    let reply = anna.post(&to("malformed"), json!({})).await;
    assert_eq!(reply.error(), (400, "invalid_request"));
    let long = "x".repeat(1001);
    assert_eq!(
        anna.post(&to(&long), json!({})).await.error(),
        (400, "invalid_field")
    );
}

// Covers OP-17, HTTP-14.
#[tokio::test]
async fn repeated_signal_arrives_once() {
    let users = Users::start().await;
    let id = plain(&users).await;
    let anna = users.of("anna");
    let path = at(&id, "/signals/go");
    for _ in 0..2 {
        anna.post(&path, json!({"request_id": "s-1"})).await;
        anna.post_with(&path, &[("idempotency-key", "s-1")], json!({}))
            .await;
    }
    // Somebody else's request of that id is another one.
    users
        .of("backend")
        .post(&path, json!({"request_id": "s-1"}))
        .await;
    let events = users.gateway.engine.find(&id).events();
    let arrived = events
        .iter()
        .filter(|event| event.data.type_name() == "signal.received");
    assert_eq!(arrived.count(), 2);
}

// Covers OP-21.
#[tokio::test]
async fn closed_workflow_receives_nothing() {
    let users = Users::start().await;
    let id = plain(&users).await;
    users.gateway.engine.find(&id).complete(Json::null());
    let anna = users.of("anna");
    for path in ["/signals/go", "/updates/go", "/cancel", "/terminate"] {
        let reply = anna.post(&at(&id, path), json!({})).await;
        assert_eq!(reply.error(), (409, "workflow_closed"), "{path}");
    }
}

// Covers OP-15.
#[tokio::test]
async fn messages_that_violate_the_schema_never_reach_the_workflow() {
    let users = Users::start().await;
    let id = order(&users).await;
    let anna = users.of("anna");
    for path in ["/signals/change", "/updates/change"] {
        let reply = anna
            .post(&at(&id, path), json!({"args": [{"amount": "many"}]}))
            .await;
        assert_eq!(reply.error(), (422, "schema_mismatch"), "{path}");
        assert_eq!(reply.body["error"]["details"]["pointer"], "/0/amount");
    }
    let engine = &users.gateway.engine;
    assert_eq!((engine.stats().signals, engine.stats().updates), (0, 0));
    let fitting = json!({"args": [{"amount": 2}]});
    assert_eq!(
        anna.post(&at(&id, "/signals/change"), fitting).await.status,
        200
    );
    // A schema applies to its own workflow type only.
    let other = plain(&users).await;
    let reply = anna
        .post(&at(&other, "/signals/change"), json!({"args": []}))
        .await;
    assert_eq!(reply.status, 200);
    // Without a schema for the name, the gateway does not describe the workflow.
    let described = engine.stats().describes;
    anna.post(&at(&id, "/signals/other"), json!({"args": []}))
        .await;
    assert_eq!(engine.stats().describes, described);
}

// Covers OP-3, OP-30.
#[tokio::test]
async fn reserved_names_are_forbidden() {
    let users = users_with_seer().await;
    let engine = &users.gateway.engine;
    engine.answer("__temporal_workflow_metadata", Json::null());
    engine.answer("__stack_trace", Json::null());
    let id = plain(&users).await;
    let (anna, seer) = (users.of("anna"), users.of("seer"));
    for path in [
        "/signals/__temporal_workflow_stream_publish",
        "/updates/__temporal_workflow_stream_poll",
        "/queries/__temporal_workflow_stream_poll",
    ] {
        let reply = seer.post(&at(&id, path), json!({})).await;
        assert_eq!(reply.error(), (403, "forbidden"), "{path}");
    }
    for message in ["signal", "update"] {
        let mut start = json!({"workflow": "plain"});
        start[message] = json!({"name": "__temporal_any"});
        let reply = anna.post("/v1/workflows", start).await;
        assert_eq!(reply.error(), (403, "forbidden"), "{message}");
    }
    let metadata = at(&id, "/queries/__temporal_workflow_metadata");
    assert_eq!(anna.post(&metadata, json!({})).await.status, 200);
    let trace = at(&id, "/queries/__stack_trace");
    assert_eq!(
        anna.post(&trace, json!({})).await.error(),
        (403, "forbidden")
    );
    assert_eq!(seer.post(&trace, json!({})).await.status, 200);
}

// Covers OP-38.
#[tokio::test]
async fn query_results_are_visible_without_payload_permission() {
    let users = Users::start().await;
    let answer = Json::from_text(r#"{"b": 1, "a": [12345678901234567890]}"#.to_owned());
    users.gateway.engine.answer("state", answer.unwrap());
    let id = plain(&users).await;
    let reply = users
        .of("anna")
        .post(&at(&id, "/queries/state"), json!({"args": [1]}))
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.body["result"],
        json!({"b": 1, "a": [12_345_678_901_234_567_890_u64]})
    );
    let sent = users.gateway.engine.sent().queries;
    assert_eq!(sent[0].args[0].get(), "1");
}

// Covers OP-36.
#[tokio::test]
async fn failed_query_returns_its_reason() {
    let users = Users::start().await;
    let id = plain(&users).await;
    let reply = users
        .of("anna")
        .post(&at(&id, "/queries/unknown"), json!({}))
        .await;
    assert_eq!(reply.error(), (422, "query_failed"));
    assert!(reply.message().contains("unknown"), "{reply:?}");
}

// Covers OP-4.
#[tokio::test(start_paused = true)]
async fn each_message_has_its_own_timeout() {
    let users = Users::start().await;
    let id = plain(&users).await;
    let engine = &users.gateway.engine;
    let anna = users.of("anna");
    for (call, path, limit) in [
        (Call::Signal, "/signals/go", 5),
        (Call::Query, "/queries/go", 10),
        (Call::Update, "/updates/go", 30),
        (Call::Cancel, "/cancel", 5),
        (Call::Terminate, "/terminate", 5),
        (Call::Describe, "/signals/change", 5),
    ] {
        engine.hang(call);
        let began = tokio::time::Instant::now();
        let reply = anna.post(&at(&id, path), json!({})).await;
        assert_eq!(reply.error(), (504, "timeout"), "{path}");
        assert_eq!(reply.body["error"]["retryable"], true);
        assert_eq!(began.elapsed().as_secs(), limit, "{path}");
        engine.unhang(call);
    }
}

// Covers OP-18, OP-19, HTTP-14.
#[tokio::test]
async fn update_returns_its_outcome() {
    let users = Users::start().await;
    let engine = &users.gateway.engine;
    let result = Json::from_text(r#"{"seat":4}"#.to_owned()).unwrap();
    engine.answer_update("reserve", Ok(result));
    let id = plain(&users).await;
    let anna = users.of("anna");
    let path = at(&id, "/updates/reserve");
    let first = anna
        .post(&path, json!({"update_id": "u-1", "args": [4]}))
        .await;
    assert_eq!(first.status, 200);
    assert_eq!(first.body["update_id"], "u-1");
    assert_eq!(first.body["stage"], "completed");
    assert_eq!(first.body["result"], json!({"seat": 4}));
    assert_eq!(first.body["run_id"], **engine.find(&id).run_id());
    let again = anna
        .post_with(&path, &[("idempotency-key", "u-1")], json!({}))
        .await;
    assert_eq!(again.body, first.body);
    let without = anna.post(&path, json!({})).await;
    assert_ne!(without.body["update_id"], first.body["update_id"]);
    let accepted =
        |event: &&fast_temporal_protocol::Event| event.data.type_name() == "update.accepted";
    assert_eq!(engine.find(&id).events().iter().filter(accepted).count(), 2);
}

// Covers OP-19.
#[tokio::test]
async fn update_can_return_when_accepted() {
    let users = Users::start().await;
    let engine = &users.gateway.engine;
    engine.accept_update("reserve");
    let id = plain(&users).await;
    let body = json!({"update_id": "u-1", "wait_for": "accepted"});
    let reply = users
        .of("anna")
        .post(&at(&id, "/updates/reserve"), body)
        .await;
    assert_eq!(
        (reply.status, &reply.body["stage"]),
        (200, &json!("accepted"))
    );
    assert_eq!(reply.body.get("result"), None);
    let sent = &engine.sent().updates[0].update;
    assert_eq!(
        (sent.wait_for, sent.timeout.as_secs()),
        (UpdateStage::Accepted, 30)
    );
}

// Covers OP-20, OP-37.
#[tokio::test]
async fn rejected_update_returns_its_reason_and_hides_payloads() {
    let users = users_with_seer().await;
    users.gateway.engine.reject_update("reserve", secret());
    let id = plain(&users).await;
    let path = at(&id, "/updates/reserve");
    let details = |reply: &super::Reply| -> Value {
        assert_eq!(reply.error(), (422, "update_failed"));
        assert_eq!(reply.message(), "no seats left");
        let failure = &reply.body["error"]["details"]["failure"];
        assert_eq!(
            (&failure["message"], &failure["type"]),
            (&json!("no seats left"), &json!("SoldOut"))
        );
        failure["details"].clone()
    };
    let reply = users.of("anna").post(&path, json!({})).await;
    assert_eq!(details(&reply), json!([{"hidden": true}]));
    let reply = users.of("seer").post(&path, json!({})).await;
    assert_eq!(details(&reply), json!(["seat 4 of row 7"]));
}

//! Random input: the gateway answers it or closes the connection, and serves other clients.

use std::cell::RefCell;

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::support::{Gateway, Raw, V1, config, frame};

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

fn runner() -> TestRunner {
    TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(300)
    })
}

async fn unlimited() -> Gateway {
    let mut config = config();
    config.requests.per_second = 0;
    Gateway::start_with(config).await
}

async fn still_serves(gateway: &Gateway) {
    V1::connect(gateway).await.call("ping", json!({})).await;
}

// Covers WS-6.
#[test]
fn random_bytes_affect_only_their_own_v1_connection() {
    let runtime = runtime();
    let gateway = runtime.block_on(unlimited());
    let bytes = vec(any::<u8>(), 0..300);
    let inputs = (bytes.clone(), any::<bool>(), bytes);
    let outcome = runner().run(&inputs, |(first, framed, second)| {
        runtime.block_on(async {
            let mut raw = Raw::upgrade(gateway.address, "/v1/ws").await;
            for bytes in [first, second] {
                let bytes = if framed { frame(0x81, &bytes) } else { bytes };
                let _ = tokio::io::AsyncWriteExt::write_all(&mut raw.0, &bytes).await;
            }
        });
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(still_serves(&gateway));
}

/// Any JSON value, a few levels deep.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z*.~=]{0,9}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("w1")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z]{0,3}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A message with the fields of requests and random values.
fn message() -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        Just("workflow_id"),
        Just("run_id"),
        Just("name"),
        Just("args"),
        Just("after"),
        Just("from"),
        Just("types"),
        Just("topics"),
        Just("progress"),
        Just("token"),
        Just("workflow"),
        Just("workflow_type"),
        Just("task_queue"),
        Just("signal"),
        Just("update"),
        Just("memo"),
        Just("request_id"),
        Just("wait_for"),
        Just("query"),
        Just("page_token"),
        Just("reason"),
    ];
    let op = prop_oneof![
        Just("start"),
        Just("subscribe"),
        Just("unsubscribe"),
        Just("signal"),
        Just("query"),
        Just("update"),
        Just("cancel"),
        Just("terminate"),
        Just("describe"),
        Just("list"),
        Just("auth"),
        Just("ping"),
        Just("fly"),
    ];
    (vec((field, value()), 0..6), op).prop_map(|(fields, op)| {
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let mut message: serde_json::Map<String, Value> = fields.collect();
        message.insert("op".to_owned(), json!(op));
        message.insert("workflow_id".to_owned(), json!("w1"));
        Value::Object(message)
    })
}

#[expect(
    clippy::await_holding_refcell_ref,
    reason = "requests are made one by one"
)]
// Covers WS-4, WS-6.
#[test]
fn random_requests_are_answered_by_id() {
    let runtime = runtime();
    let gateway = runtime.block_on(unlimited());
    gateway.engine.workflow("w1");
    let client = RefCell::new(runtime.block_on(V1::connect(&gateway)));
    let outcome = runner().run(&message(), |message| {
        let op = message["op"].as_str().unwrap().to_owned();
        runtime.block_on(async {
            let mut client = client.borrow_mut();
            let id = client.send_request(&op, message).await;
            let answer = client.response(id).await;
            assert!(answer["ok"].is_boolean(), "{answer}");
            client.discard_received();
        });
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(still_serves(&gateway));
}

// Covers WS-6.
#[tokio::test(start_paused = true)]
async fn deeply_nested_json_is_answered_in_every_field() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    let mut client = V1::connect(&gateway).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (message, re) in [
        (deep.clone(), Value::Null),
        (format!(r#"{{"id":{deep},"op":"ping"}}"#), Value::Null),
        (format!(r#"{{"id":1,"op":{deep}}}"#), json!(1)),
        (
            format!(r#"{{"id":2,"op":"subscribe","workflow_id":{deep}}}"#),
            json!(2),
        ),
        (
            format!(r#"{{"id":3,"op":"subscribe","workflow_id":"w1","types":{deep}}}"#),
            json!(3),
        ),
        (
            format!(r#"{{"id":4,"op":"signal","workflow_id":"w1","name":"s","args":{deep}}}"#),
            json!(4),
        ),
        (
            format!(r#"{{"id":5,"op":"auth","token":{deep}}}"#),
            json!(5),
        ),
    ] {
        client.client.send(message).await;
        let answer = client.frame().await;
        assert_eq!(
            (answer.get("id"), &answer["ok"]),
            (Some(&re), &json!(false)),
            "{answer}"
        );
    }
    still_serves(&gateway).await;
}

//! Random requests, and deeply nested ones.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::select,
};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::support::{Gateway, Setup, for_random, paused_runtime};

const FIELDS: &str = "workflow_id run_id name args after from types topics progress token workflow \
                      workflow_type task_queue signal update memo request_id wait_for query \
                      page_token reason";
const OPERATIONS: &str = "start subscribe unsubscribe signal query update cancel terminate describe \
                          list auth ping fly";

/// One of the words in a text.
fn word(text: &'static str) -> impl Strategy<Value = &'static str> {
    select(text.split_whitespace().collect::<Vec<_>>())
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

/// An operation, and fields of requests with random values.
fn request() -> impl Strategy<Value = (&'static str, Value)> {
    let fields = vec((word(FIELDS), value()), 0..6);
    (word(OPERATIONS), fields).prop_map(|(op, fields)| {
        let mut request = json!({"workflow_id": "w1"});
        for (name, value) in fields {
            request[name] = value;
        }
        (op, request)
    })
}

// Covers WS-4, WS-6.
#[test]
fn random_requests_are_answered_by_id() {
    let runtime = paused_runtime();
    let gateway = runtime.block_on(Gateway::start_with(Setup::disable_rate_limit));
    gateway.engine.workflow("w1");
    let client = Mutex::new(runtime.block_on(gateway.v1()));
    for_random(&runtime, 300, &request(), async |(op, fields)| {
        let mut client = client.lock().await;
        let id = client.send_request(op, fields).await;
        let response = client.response(id).await;
        assert!(response["ok"].is_boolean(), "{response}");
        client.discard_received();
    });
    runtime.block_on(async { gateway.v1().await.expect_served().await });
}

// Covers WS-6.
#[tokio::test(start_paused = true)]
async fn deeply_nested_json_is_answered_in_every_field() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    let mut client = gateway.v1().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (message, id) in [
        ("DEEP", json!(null)),
        (r#"{"id":DEEP,"op":"ping"}"#, json!(null)),
        (r#"{"id":1,"op":DEEP}"#, json!(1)),
        (r#"{"id":2,"op":"subscribe","workflow_id":DEEP}"#, json!(2)),
        (
            r#"{"id":3,"op":"subscribe","workflow_id":"w1","types":DEEP}"#,
            json!(3),
        ),
        (
            r#"{"id":4,"op":"signal","workflow_id":"w1","name":"s","args":DEEP}"#,
            json!(4),
        ),
        (r#"{"id":5,"op":"auth","token":DEEP}"#, json!(5)),
    ] {
        client.socket.send(message.replace("DEEP", &deep)).await;
        let response = client.frame().await;
        let received = (response.get("id"), &response["ok"]);
        assert_eq!(received, (Some(&id), &json!(false)), "{message}");
    }
    gateway.v1().await.expect_served().await;
}

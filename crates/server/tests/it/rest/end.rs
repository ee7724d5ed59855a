//! Cancelling and terminating.

use std::time::Duration;

use fast_temporal_testkit::fake::Call;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::{Users, at};

// Covers OP-22.
#[tokio::test]
async fn cancel_requests_cancellation() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let id = anna.start(json!({"workflow": "plain"})).await;
    let path = at(&id, "/cancel");
    let body = json!({"reason": "changed my mind", "request_id": "c-1"});
    let reply = anna.post(&path, body).await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
    assert_eq!(
        anna.post_with(&path, &[("idempotency-key", "c-1")], json!({}))
            .await
            .status,
        200
    );
    let cancels = users.gateway.engine.sent().cancels;
    assert_eq!(cancels[0].reason, "changed my mind");
    assert!(cancels[0].request_id.is_some());
    assert_eq!(cancels[0].request_id, cancels[1].request_id);
    assert!(users.gateway.engine.find(&id).cancel_requested());
}

// Covers OP-39.
#[tokio::test]
async fn terminate_closes_the_workflow() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let id = anna.start(json!({"workflow": "plain"})).await;
    let reply = anna
        .post(&at(&id, "/terminate"), json!({"reason": "stuck"}))
        .await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
    let result = anna.get(&at(&id, "/result")).await;
    assert_eq!(
        (result.status, &result.body["status"]),
        (200, &json!("terminated"))
    );
    assert_eq!(result.body["failure"]["message"], "stuck");
}

#[tokio::test]
async fn reasons_have_a_length_limit() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let id = anna.start(json!({"workflow": "plain"})).await;
    for path in ["/cancel", "/terminate"] {
        let reply = anna
            .post(&at(&id, path), json!({"reason": "x".repeat(1001)}))
            .await;
        assert_eq!(reply.error(), (400, "invalid_field"));
    }
}

// Covers HTTP-15.
#[tokio::test(start_paused = true)]
async fn request_completes_after_its_client_disconnects() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let engine = &users.gateway.engine;
    let id = anna.start(json!({"workflow": "plain"})).await;
    let paths = [
        (Call::Signal, at(&id, "/signals/go")),
        (Call::Cancel, at(&id, "/cancel")),
        (Call::Terminate, at(&id, "/terminate")),
        (Call::Start, "/v1/workflows".to_owned()),
    ];
    for (call, path) in paths {
        engine.hang(call);
        let body = json!({"workflow": "plain"});
        let impatient = timeout(Duration::from_secs(1), anna.post(&path, body));
        assert!(impatient.await.is_err(), "{path}");
        engine.unhang(call);
    }
    // All that could run has run when the clock goes on.
    sleep(Duration::from_secs(1)).await;
    assert_eq!(engine.started(2).await.len(), 2);
    let types: Vec<_> = engine
        .find(&id)
        .events()
        .iter()
        .map(|event| event.data.type_name().to_owned())
        .collect();
    assert_eq!(
        types,
        ["workflow.started", "signal.received", "workflow.terminated"]
    );
    assert!(engine.find(&id).cancel_requested());
}

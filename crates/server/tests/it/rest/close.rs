//! Cancelling and terminating workflows.

use std::time::Duration;

use fast_temporal_testkit::fake::Call;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::{Gateway, path_of};

// Covers OP-22.
#[tokio::test]
async fn cancel_requests_cancellation() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let id = anna.start_plain().await;
    let path = path_of(&id, "/cancel");
    let body = json!({"reason": "changed my mind", "request_id": "c-1"});
    let reply = anna.post(&path, body).await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
    let with_key = anna.with("idempotency-key", "c-1");
    assert_eq!(with_key.post(&path, json!({})).await.status, 200);
    let cancels = gateway.engine.sent().cancels;
    assert_eq!(cancels[0].reason, "changed my mind");
    assert!(cancels[0].request_id.is_some());
    assert_eq!(cancels[0].request_id, cancels[1].request_id);
    assert!(gateway.engine.find(&id).cancel_requested());
}

// Covers OP-39.
#[tokio::test]
async fn terminate_closes_the_workflow() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let id = anna.start_plain().await;
    let path = path_of(&id, "/terminate");
    let reply = anna.post(&path, json!({"reason": "stuck"})).await;
    assert_eq!((reply.status, reply.body), (200, json!({})));
    let result = anna.get_ok(&path_of(&id, "/result")).await;
    assert_eq!(result["status"], "terminated");
    assert_eq!(result["failure"]["message"], "stuck");
}

#[tokio::test]
async fn reasons_have_a_length_limit() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let id = anna.start_plain().await;
    for path in ["/cancel", "/terminate"] {
        let too_long = json!({"reason": "x".repeat(1001)});
        let reply = anna.post(&path_of(&id, path), too_long).await;
        assert_eq!(reply.error(), (400, "invalid_field"));
    }
}

// Covers HTTP-15.
#[tokio::test(start_paused = true)]
async fn request_completes_after_its_client_disconnects() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let engine = &gateway.engine;
    let id = anna.start_plain().await;
    for (call, path) in [
        (Call::Signal, path_of(&id, "/signals/go")),
        (Call::Cancel, path_of(&id, "/cancel")),
        (Call::Terminate, path_of(&id, "/terminate")),
        (Call::Start, "/v1/workflows".to_owned()),
    ] {
        engine.hang(call);
        let body = json!({"workflow": "plain"});
        let abandoned = timeout(Duration::from_secs(1), anna.post(&path, body));
        assert!(abandoned.await.is_err(), "{path}");
        engine.release(call);
    }
    // The clock advances only after all tasks have run.
    sleep(Duration::from_secs(1)).await;
    assert_eq!(engine.started(2).await.len(), 2);
    let workflow = engine.find(&id);
    let events = workflow.events();
    let types: Vec<_> = events.iter().map(|event| event.data.type_name()).collect();
    let expected = ["workflow.started", "signal.received", "workflow.terminated"];
    assert_eq!(types, expected);
    assert!(workflow.cancel_requested());
}

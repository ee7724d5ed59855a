//! Describing workflows.

use serde_json::json;

use crate::support::{Gateway, path_of, payload};

// Covers OP-26.
#[tokio::test]
async fn describe_returns_the_state_of_a_workflow() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let request =
        json!({"workflow": "plain", "memo": {"note": 1}, "search_attributes": {"Paid": true}});
    let id = anna.start(request).await;
    let reply = anna.get(&path_of(&id, "")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert_eq!(reply.text("workflow_id"), id);
    assert_eq!(reply.text("workflow_type"), "FakeWorkflow");
    assert_eq!(reply.text("status"), "running");
    assert_eq!(reply["memo"], json!({"note": 1}));
    assert_eq!(reply["search_attributes"], json!({"Paid": true}));
    let first = gateway.engine.find(&id);
    let second = first.continue_as_new();
    let current = anna.get(&path_of(&id, "")).await;
    assert_eq!(current.text("run_id"), **second.run_id());
    assert_eq!(current.text("first_run_id"), **first.run_id());
    let path = path_of(&id, &format!("?run_id={}", first.run_id()));
    assert_eq!(anna.get(&path).await.text("status"), "continued_as_new");
}

// Covers OP-26.
#[tokio::test]
async fn describe_hides_activity_payloads_without_permission() {
    let gateway = Gateway::with_users(&[]).await;
    let start = json!({"workflow": "plain", "memo": {"note": 1}});
    let id = gateway.user("anna").start(start).await;
    let workflow = gateway.engine.find(&id);
    workflow.schedule("charge");
    workflow.fail_attempt("charge", "declined");
    workflow.heartbeat("charge", payload(json!({"card": "1234"})));
    let path = path_of(&id, "");
    let seen = gateway.user("anna-with-payloads").get(&path).await;
    let activity = &seen["pending_activities"][0];
    assert_eq!(activity["heartbeat_details"], json!([{"card": "1234"}]));
    let hidden = gateway.user("anna").get(&path).await;
    let activity = &hidden["pending_activities"][0];
    assert_eq!(activity["heartbeat_details"], json!([{"hidden": true}]));
    assert_eq!(activity["last_failure"]["message"], "declined");
    assert_eq!(activity["attempt"], 2);
    assert_eq!(hidden["memo"], json!({"note": 1}));
}

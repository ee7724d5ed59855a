//! Describing workflows.

use fast_temporal_core::Permissions;
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::Call;
use serde_json::json;

use crate::support::{Users, at};

// Covers OP-26.
#[tokio::test]
async fn describe_returns_the_state_of_a_workflow() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let request =
        json!({"workflow": "plain", "memo": {"note": 1}, "search_attributes": {"Paid": true}});
    let id = anna.start(request).await;
    let reply = anna.get(&at(&id, "")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert_eq!(reply.text("workflow_id"), id);
    assert_eq!(reply.text("workflow_type"), "FakeWorkflow");
    assert_eq!(reply.text("status"), "running");
    assert_eq!(reply.body["memo"], json!({"note": 1}));
    assert_eq!(reply.body["search_attributes"], json!({"Paid": true}));
    let first = users.gateway.engine.find(&id);
    let second = first.continue_as_new();
    let current = anna.get(&at(&id, "")).await;
    assert_eq!(current.text("run_id"), **second.run_id());
    assert_eq!(current.text("first_run_id"), **first.run_id());
    let named = anna
        .get(&at(&id, &format!("?run_id={}", first.run_id())))
        .await;
    assert_eq!(named.text("status"), "continued_as_new");
}

// Covers OP-26.
#[tokio::test]
async fn describe_hides_activity_payloads_without_permission() {
    let seer = Permissions {
        payloads: true,
        ..Permissions::own()
    };
    let users = Users::with(&[("seer", Some("anna"), seer)]).await;
    let id = users
        .of("anna")
        .start(json!({"workflow": "plain", "memo": {"note": 1}}))
        .await;
    let workflow = users.gateway.engine.find(&id);
    workflow.schedule("charge");
    workflow.fail_attempt("charge", "declined");
    workflow.heartbeat(
        "charge",
        Json::from_text(r#"{"card":"1234"}"#.to_owned()).unwrap(),
    );
    let path = at(&id, "");
    let seen = users.of("seer").get(&path).await;
    let activity = &seen.body["pending_activities"][0];
    assert_eq!(activity["heartbeat_details"], json!([{"card": "1234"}]));
    let hidden = users.of("anna").get(&path).await;
    let activity = &hidden.body["pending_activities"][0];
    assert_eq!(activity["heartbeat_details"], json!([{"hidden": true}]));
    assert_eq!(activity["last_failure"]["message"], "declined");
    assert_eq!(activity["attempt"], 2);
    assert_eq!(hidden.body["memo"], json!({"note": 1}));
}

// Covers OP-4.
#[tokio::test(start_paused = true)]
async fn describe_times_out() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let id = anna.start(json!({"workflow": "plain"})).await;
    users.gateway.engine.hang(Call::Details);
    let began = tokio::time::Instant::now();
    assert_eq!(anna.get(&at(&id, "")).await.error(), (504, "timeout"));
    assert_eq!(began.elapsed().as_secs(), 5);
}

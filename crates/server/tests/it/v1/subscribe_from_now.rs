//! Subscriptions from now on, over every transport.

use axum::http::StatusCode;
use fast_temporal_protocol::Json;
use serde_json::json;

use crate::support::{Gateway, Stream, V1, json};

const URI: &str = "/v1/workflows/w1/events?from=now";

// Covers EV-14.
#[tokio::test(start_paused = true)]
async fn from_now_sends_live_and_then_only_new_events() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(200);
    let cursor = workflow.events().pop().unwrap().cursor.to_string();

    let mut client = V1::connect(&gateway).await;
    let now = json!({"workflow_id": "w1", "from": "now"});
    client.call("subscribe", now).await;
    let live = json!({"live": {"workflow_id": "w1", "cursor": cursor}});
    assert_eq!(client.frame().await, live);

    let mut stream = Stream::open(&gateway, URI).await;
    let block = stream.block().await.unwrap();
    assert_eq!(block.event.as_deref(), Some("live"));
    assert_eq!(block.id.as_deref(), Some(&*cursor));

    let (_, answer) = json(gateway.get(&format!("{URI}&wait=0")).await).await;
    assert_eq!(answer["cursor"], cursor);
    assert_eq!(
        (&answer["events"], &answer["live"]),
        (&json!([]), &json!(true))
    );

    workflow.signal("s");
    let event = serde_json::to_value(workflow.events().pop().unwrap()).unwrap();
    assert_eq!(client.events(1).await, std::slice::from_ref(&event));
    assert_eq!(stream.events(1).await, std::slice::from_ref(&event));
    let after = format!("/v1/workflows/w1/events?after={cursor}&wait=0");
    let (_, answer) = json(gateway.get(&after).await).await;
    assert_eq!(answer["events"], json!([event]), "nothing lies between");
}

#[tokio::test(start_paused = true)]
async fn cursor_takes_precedence_over_from_now() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3);
    let first = workflow.events()[0].cursor.to_string();
    let uri = format!("{URI}&after={first}&wait=0");
    let (_, answer) = json(gateway.get(&uri).await).await;
    assert_eq!(answer["events"].as_array().unwrap().len(), 3);
}

// Covers EV-28.
#[tokio::test(start_paused = true)]
async fn from_now_of_a_closed_workflow_is_its_end() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.complete(Json::null());
    let last = workflow.events().pop().unwrap().cursor.to_string();

    let mut client = V1::connect(&gateway).await;
    let now = json!({"workflow_id": "w1", "from": "now"});
    client.call("subscribe", now).await;
    let end = json!({"end": {"workflow_id": "w1"}});
    assert_eq!(client.frame().await, end);

    // Otherwise an EventSource would reconnect for ever.
    assert_eq!(gateway.get(URI).await.status(), StatusCode::NO_CONTENT);

    let (_, answer) = json(gateway.get(&format!("{URI}&wait=0")).await).await;
    assert_eq!(answer["cursor"], last);
    assert_eq!(
        (&answer["events"], &answer["end"]),
        (&json!([]), &json!(true))
    );
}

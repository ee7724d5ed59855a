//! Subscriptions from now on, over every transport.

use fast_temporal_protocol::Json;
use serde_json::json;

use crate::support::{Gateway, last_cursor, to_json};

const URI: &str = "/v1/workflows/w1/events?from=now";

// Covers EV-14, EV-28, SUB-2.
#[tokio::test(start_paused = true)]
async fn from_now_sends_live_and_then_only_new_events() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3000);
    let cursor = last_cursor(&workflow);

    let mut client = gateway.v1().await;
    let now = json!({"workflow_id": "w1", "from": "now"});
    client.call("subscribe", now.clone()).await;
    let live = json!({"live": {"workflow_id": "w1", "cursor": cursor}});
    assert_eq!(client.frame().await, live);

    let mut stream = gateway.event_stream(URI).await;
    assert_eq!(stream.block_of("live").await.id.as_ref(), Some(&cursor));

    let page = gateway.get_ok(&format!("{URI}&wait=0")).await;
    assert_eq!(page["cursor"], cursor);
    assert_eq!((&page["events"], &page["live"]), (&json!([]), &json!(true)));

    workflow.signal("later");
    let later = &to_json(&workflow.events())[3001..];
    assert_eq!(client.events(1).await, later);
    assert_eq!(stream.events(1).await, later);
    // A cursor takes precedence over `from`.
    for uri in [
        format!("{URI}&after={cursor}&wait=0"),
        format!("/v1/workflows/w1/events?after={cursor}&wait=0"),
    ] {
        assert_eq!(gateway.get_ok(&uri).await["events"], json!(later));
    }

    workflow.complete(Json::null());
    assert_eq!(client.event().await["end"], true);
    let end = json!({"end": {"workflow_id": "w1"}});
    assert_eq!(client.frame().await, end);
    // A closed workflow has no further events.
    client.call("subscribe", now).await;
    assert_eq!(client.frame().await, end);
    // Otherwise an `EventSource` would reconnect forever.
    assert_eq!(gateway.get(URI).await.status, 204);
    let page = gateway.get_ok(&format!("{URI}&wait=0")).await;
    assert_eq!(page["cursor"], last_cursor(&workflow));
    assert_eq!((&page["events"], &page["end"]), (&json!([]), &json!(true)));
}

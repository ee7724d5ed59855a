//! The progress of running activities, over WebSockets and event streams.

use std::time::Duration;

use fast_temporal_protocol::Json;
use serde_json::json;

use crate::support::{Gateway, last_cursor, payload};

const QUIET_PERIOD: Duration = Duration::from_secs(15);

// Covers EV-17.
#[tokio::test(start_paused = true)]
async fn progress_is_sent_only_to_subscriptions_that_request_it() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let id = workflow.schedule("charge");
    workflow.heartbeat("charge", payload(0.5));

    let mut silent = gateway.v1().await;
    silent.subscribe("w1").await;
    silent.events(2).await;
    silent.expect_live().await;

    let mut client = gateway.v1().await;
    let fields = json!({"workflow_id": "w1", "progress": true});
    client.call("subscribe", fields).await;
    client.events(2).await;
    client.expect_live().await;
    let received = client.frame().await;
    let activity = &received["progress"]["activity"];
    assert_eq!(received["progress"]["workflow_id"], "w1");
    assert_eq!(activity["activity_id"], id);
    assert_eq!(activity["state"], "started");
    assert_eq!(activity["heartbeat_details"], json!([0.5]));

    let mut stream = gateway
        .event_stream("/v1/workflows/w1/events?progress=1")
        .await;
    stream.events(2).await;
    stream.block_of("live").await;
    let block = stream.block_of("progress").await;
    assert_eq!((block.id, block.data.as_ref()), (None, Some(activity)));

    silent.expect_silence(QUIET_PERIOD).await;
    client.expect_silence(QUIET_PERIOD).await;
    workflow.complete_activity("charge", Json::null());
    assert_eq!(client.event().await["type"], "activity.completed");
}

// Covers EV-18.
#[tokio::test(start_paused = true)]
async fn event_stream_with_only_progress_sends_its_cursor() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("charge");
    let uri = "/v1/workflows/w1/events?progress=1&types=timer.*";
    let mut stream = gateway.event_stream(uri).await;
    stream.block_of("live").await;
    for details in 0..3 {
        workflow.signal("s");
        workflow.heartbeat("charge", payload(details));
        let heartbeat = stream.block().await;
        assert!(heartbeat.is_heartbeat(), "{heartbeat:?}");
        assert_eq!(heartbeat.id, Some(last_cursor(&workflow)));
        let block = stream.block().await;
        assert_eq!(block.data.unwrap()["heartbeat_details"], json!([details]));
    }
}

#[tokio::test(start_paused = true)]
async fn json_response_has_no_progress() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("charge");
    workflow.heartbeat("charge", Json::null());
    let after = last_cursor(&workflow);
    let uri = format!("/v1/workflows/w1/events?progress=1&wait=20&after={after}");
    assert_eq!(gateway.get_ok(&uri).await["events"], json!([]));
    assert_eq!(gateway.engine.stats().details, 0);
}

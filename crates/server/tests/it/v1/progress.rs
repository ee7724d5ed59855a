//! The progress of running activities, over WebSockets and event streams.

use std::time::Duration;

use fast_temporal_protocol::Json;
use serde_json::json;

use crate::support::{Gateway, Stream, V1, json};

const QUIET_PERIOD: Duration = Duration::from_secs(15);

// Covers EV-17.
#[tokio::test(start_paused = true)]
async fn progress_is_sent_only_to_subscriptions_that_request_it() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let id = workflow.schedule("charge");
    workflow.heartbeat("charge", Json::from_value(&0.5).unwrap());

    let mut silent = V1::connect(&gateway).await;
    silent.call("subscribe", json!({"workflow_id": "w1"})).await;
    silent.events(2).await;
    assert!(silent.frame().await.get("live").is_some());

    let mut client = V1::connect(&gateway).await;
    let asks = json!({"workflow_id": "w1", "progress": true});
    client.call("subscribe", asks).await;
    client.events(2).await;
    assert!(client.frame().await.get("live").is_some());
    let received = client.frame().await;
    let activity = &received["progress"]["activity"];
    assert_eq!(received["progress"]["workflow_id"], "w1");
    assert_eq!(activity["activity_id"], id);
    assert_eq!(activity["state"], "started");
    assert_eq!(activity["heartbeat_details"], json!([0.5]));

    let mut stream = Stream::open(&gateway, "/v1/workflows/w1/events?progress=1").await;
    stream.events(2).await;
    assert_eq!(stream.block().await.unwrap().event.as_deref(), Some("live"));
    let block = stream.block().await.unwrap();
    assert_eq!(block.event.as_deref(), Some("progress"));
    assert_eq!((block.id, block.data.as_ref()), (None, Some(activity)));

    silent.expect_silence(QUIET_PERIOD).await;
    client.expect_silence(QUIET_PERIOD).await;
    workflow.complete_activity("charge", Json::null());
    assert_eq!(client.events(1).await[0]["type"], "activity.completed");
}

// Covers EV-18.
#[tokio::test(start_paused = true)]
async fn event_stream_with_only_progress_sends_its_cursor() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("charge");
    let uri = "/v1/workflows/w1/events?progress=1&types=timer.*";
    let mut stream = Stream::open(&gateway, uri).await;
    assert_eq!(stream.block().await.unwrap().event.as_deref(), Some("live"));
    for details in 0..3 {
        workflow.signal("s");
        workflow.heartbeat("charge", Json::from_value(&details).unwrap());
        let cursor = workflow.events().pop().unwrap().cursor.to_string();
        let heartbeat = stream.block().await.unwrap();
        assert_eq!((heartbeat.id, heartbeat.event), (Some(cursor), None));
        let block = stream.block().await.unwrap();
        assert_eq!(block.data.unwrap()["heartbeat_details"], json!([details]));
    }
}

#[tokio::test(start_paused = true)]
async fn json_response_has_no_progress() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("charge");
    workflow.heartbeat("charge", Json::null());
    let after = workflow.events().pop().unwrap().cursor;
    let uri = format!("/v1/workflows/w1/events?progress=1&wait=20&after={after}");
    let (status, answer) = json(gateway.get(&uri).await).await;
    assert_eq!((status, &answer["events"]), (200, &json!([])));
    assert_eq!(gateway.engine.stats().details, 0);
}

//! A workflow's own stream, over WebSockets, event streams and long-polls.

use std::time::Duration;

use fast_temporal_protocol::Json;
use fast_temporal_testkit::{event_stream::Block, fake::FakeWorkflow};
use serde_json::{Value, json};

use crate::support::{EventStream, Gateway, Timer, V1Client, last_cursor, payload};

const QUIET_PERIOD: Duration = Duration::from_secs(15);
const URI: &str = "/v1/workflows/w1/events?stream_source=workflow";

/// Returns a workflow that has published items, each its own offset, to topics in turn.
fn publishing(gateway: &Gateway, items: u64) -> FakeWorkflow {
    let workflow = gateway.engine.workflow("w1");
    workflow.host_stream();
    for offset in 0..items {
        let topic = if offset % 2 == 0 { "even" } else { "odd" };
        workflow.publish(topic, payload(offset));
    }
    workflow
}

/// Subscribes to the workflow's events and its stream.
async fn subscribe(gateway: &Gateway) -> V1Client {
    let mut client = gateway.v1().await;
    let fields = json!({"workflow_id": "w1", "stream_source": "workflow"});
    client.call("subscribe", fields).await;
    client
}

/// Returns the offset of an item, whose payload is its offset.
fn offset(event: &Value) -> u64 {
    assert_eq!(event["data"]["data"], event["data"]["offset"]);
    event["data"]["offset"].as_u64().unwrap()
}

/// Returns the offsets of the items among the events.
fn offsets(events: &[Value]) -> Vec<u64> {
    let items = events.iter().filter(|event| event["type"] == "stream.item");
    items.map(offset).collect()
}

/// Returns the next block with an item, and the item's offset.
async fn item_block(stream: &mut EventStream) -> (Block, u64) {
    loop {
        let block = stream.block().await;
        if let Some(event) = block
            .data
            .as_ref()
            .filter(|data| data["type"] == "stream.item")
        {
            let offset = offset(event);
            return (block, offset);
        }
    }
}

// Covers STR-1, STR-10, STR-19.
#[tokio::test(start_paused = true)]
async fn workflow_stream_is_sent_over_every_transport() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 2);
    workflow.publish_by_signal("even", payload(2));

    let mut client = subscribe(&gateway).await;
    let received = client.events(4).await;
    assert_eq!(received[0]["type"], "workflow.started");
    assert_eq!(offsets(&received), [0, 1, 2]);
    for item in &received[1..] {
        assert_eq!(item["cursor"], received[1]["cursor"]);
    }

    let mut stream = gateway.event_stream(URI).await;
    for expected in 0..3 {
        let (block, offset) = item_block(&mut stream).await;
        assert_eq!(offset, expected);
        let cursor = block.data.unwrap()["cursor"].clone();
        let cursor = format!("{}.{}", cursor.as_str().unwrap(), offset + 1);
        assert_eq!(block.id, Some(cursor));
    }

    let first = gateway.get_ok(&format!("{URI}&wait=0")).await;
    let cursor = first["cursor"].as_str().unwrap();
    let offset = &first["stream"]["offset"];
    let uri = format!("{URI}&wait=0&after={cursor}&stream_offset={offset}");
    let second = gateway.get_ok(&uri).await;
    let events = [&first, &second].map(|page| page["events"].as_array().unwrap().clone());
    assert_eq!(offsets(&events.concat()), [0, 1, 2]);
    assert_eq!(second["stream"], json!({"offset": 3}));

    workflow.publish("odd", payload(3));
    assert_eq!(offsets(&client.events(1).await), [3]);
    assert_eq!(item_block(&mut stream).await.1, 3);
    // The end is last.
    workflow.publish("even", payload(4));
    workflow.complete(Json::null());
    let last = client.events(2).await;
    assert_eq!(offsets(&last), [4]);
    assert_eq!(last[1]["end"], true);
    assert_eq!(item_block(&mut stream).await.1, 4);
    assert_eq!(stream.block().await.data.unwrap()["end"], true);
    stream.expect_end().await;
}

#[tokio::test(start_paused = true)]
async fn without_workflow_stream_only_signalled_items_are_sent() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 2);
    workflow.publish_by_signal("even", payload(2));
    let mut client = gateway.v1().await;
    let fields = json!({"workflow_id": "w1", "stream_source": "signals", "stream_offset": 7});
    client.call("subscribe", fields).await;
    let received = client.events(2).await;
    assert_eq!(received[1]["data"], json!({"topic": "even", "data": 2}));
    client.expect_live().await;
    client.expect_silence(QUIET_PERIOD).await;
    let page = gateway.get_ok("/v1/workflows/w1/events?wait=0").await;
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
    assert!(page.get("stream").is_none());
    assert_eq!(gateway.engine.stats().stream_reads, 0);
}

// Covers STR-9, STR-18.
#[tokio::test(start_paused = true)]
async fn event_stream_resumes_after_its_last_id_without_loss_or_duplicates() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 3);
    let uri = &format!("{URI}&stream_offset=1");
    let mut stream = gateway.event_stream(uri).await;
    let started = stream.block().await;
    assert!(started.id.as_ref().unwrap().ends_with(".1"), "{started:?}");
    assert_eq!(stream.block_of("live").await.id, started.id);
    let mut cursor = item_block(&mut stream).await.0.id.unwrap();
    drop(stream);
    for expected in 2..10 {
        // Another node at the same URL, as a browser reconnects.
        let node = gateway.another_node().await;
        workflow.publish_by_signal("t", payload(expected + 1));
        let browser = node.anonymous().with("last-event-id", &cursor);
        let mut stream = browser.event_stream(uri).await;
        let (block, offset) = item_block(&mut stream).await;
        assert_eq!(offset, expected);
        cursor = block.id.unwrap();
    }
    // Heartbeats have the same cursor.
    let browser = gateway.anonymous().with("last-event-id", &cursor);
    let mut stream = browser.event_stream(uri).await;
    let (last, _) = item_block(&mut stream).await;
    let heartbeat = stream.block().await;
    assert!(heartbeat.is_heartbeat(), "{heartbeat:?}");
    assert_eq!(heartbeat.id, last.id);
}

// Covers STR-7, STR-10.
#[tokio::test(start_paused = true)]
async fn missing_workflow_stream_is_reported_over_every_transport() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.complete_task();

    let mut client = subscribe(&gateway).await;
    client.event().await;
    client.expect_live().await;
    let received = client.frame().await;
    let notice = &received["stream_unavailable"];
    assert_eq!(notice["workflow_id"], "w1");
    assert_eq!(notice["error"]["code"], "query_failed");
    client.expect_silence(QUIET_PERIOD).await;

    let mut stream = gateway.event_stream(URI).await;
    stream.block().await;
    stream.block_of("live").await;
    let block = stream.block_of("stream_unavailable").await;
    assert_eq!(block.id, None);
    assert_eq!(block.data.unwrap()["error"]["code"], "query_failed");

    let after = last_cursor(&workflow);
    let timer = Timer::start();
    let page = gateway.get_ok(&format!("{URI}&wait=5&after={after}")).await;
    assert_eq!((&page["events"], &page["live"]), (&json!([]), &json!(true)));
    assert_eq!(page["stream"]["offset"], 0);
    assert_eq!(page["stream"]["error"]["code"], "query_failed");
    assert_eq!(timer.seconds(), 5);

    workflow.signal("s");
    assert_eq!(client.event().await["type"], "signal.received");
}

// Covers STR-11, STR-12.
#[tokio::test(start_paused = true)]
async fn topics_filter_the_workflow_stream_and_the_cursor_advances() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 6);
    let mut client = gateway.v1().await;
    let fields = json!({"workflow_id": "w1", "stream_source": "workflow", "topics": ["odd"]});
    client.call("subscribe", fields).await;
    assert_eq!(offsets(&client.events(4).await), [1, 3, 5]);
    client.heartbeat().await;
    // The item in history is not sent, but the cursor advances past it.
    workflow.publish_by_signal("even", payload(6));
    let cursor = last_cursor(&workflow);
    let heartbeat = client.heartbeat().await;
    assert_eq!(heartbeat["cursors"], json!({"w1": cursor}));
    workflow.publish("odd", payload(7));
    let event = client.event().await;
    assert_eq!((offset(&event), &event["cursor"]), (7, &json!(cursor)));
}

// Covers SUB-6.
#[tokio::test(start_paused = true)]
async fn invalid_stream_cursors_are_rejected() {
    let gateway = Gateway::start().await;
    let cursor = last_cursor(&publishing(&gateway, 1));
    for invalid in [format!("{cursor}."), format!("{cursor}.x")] {
        let reply = gateway.get(&format!("{URI}&after={invalid}")).await;
        assert_eq!(reply.error(), (400, "invalid_cursor"), "{invalid}");
    }
}

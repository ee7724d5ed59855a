//! A workflow's own stream, over WebSockets, event streams and long-polls.

use std::time::Duration;

use axum::{body::Body, http::Request};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeWorkflow;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Block, Document, Gateway, Reply, Stream, V1, gateway, json};

const QUIET_PERIOD: Duration = Duration::from_secs(15);

fn number(number: u64) -> Json {
    Json::from_value(&number).unwrap()
}

/// A workflow that has published that number of items, each its own offset, to topics in turn.
fn publishing(gateway: &Gateway, items: u64) -> FakeWorkflow {
    let workflow = gateway.engine.workflow("w1");
    workflow.host_stream();
    for offset in 0..items {
        workflow.publish(
            ["even", "odd"][usize::from(offset % 2 == 1)],
            number(offset),
        );
    }
    workflow
}

/// The offsets of the items among the events. The payload of each is its offset.
fn offsets(events: &[Value]) -> Vec<u64> {
    let items = events.iter().filter(|event| event["type"] == "stream.item");
    items
        .map(|event| {
            assert_eq!(event["data"]["data"], event["data"]["offset"]);
            event["data"]["offset"].as_u64().unwrap()
        })
        .collect()
}

async fn answer(gateway: &Gateway, uri: &str) -> Value {
    let response = gateway.get(uri).await;
    let headers = response.headers().clone();
    let (status, body) = json(response).await;
    let reply = Reply {
        status,
        headers,
        body: body.clone(),
    };
    Document::get().check("GET", uri, &reply);
    assert_eq!(status, 200, "{body}");
    body
}

/// The next block with an item.
async fn item_block(stream: &mut Stream) -> Block {
    loop {
        let block = stream.block().await.unwrap();
        let data = block.data.as_ref();
        if data.is_some_and(|data| data["type"] == "stream.item") {
            return block;
        }
    }
}

// Covers STR-1, STR-10, STR-19.
#[tokio::test(start_paused = true)]
async fn workflow_stream_is_sent_over_every_transport() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 2);
    workflow.publish_by_signal("even", number(2));

    let mut client = V1::connect(&gateway).await;
    let asks = json!({"workflow_id": "w1", "stream_source": "workflow"});
    client.call("subscribe", asks).await;
    let received = client.events(4).await;
    assert_eq!(received[0]["type"], "workflow.started");
    assert_eq!(offsets(&received), [0, 1, 2]);
    assert!(
        received
            .iter()
            .all(|event| event["cursor"] == received[1]["cursor"] || event == &received[0])
    );

    let mut stream = Stream::open(&gateway, "/v1/workflows/w1/events?stream_source=workflow").await;
    for offset in 0..3 {
        let block = item_block(&mut stream).await;
        let event = block.data.unwrap();
        assert_eq!(event["data"]["offset"], offset);
        let cursor = format!("{}.{}", event["cursor"].as_str().unwrap(), offset + 1);
        assert_eq!(block.id, Some(cursor));
    }

    let first = answer(
        &gateway,
        "/v1/workflows/w1/events?stream_source=workflow&wait=0",
    )
    .await;
    let mut events = first["events"].as_array().unwrap().clone();
    let (cursor, offset) = (
        first["cursor"].as_str().unwrap(),
        &first["stream"]["offset"],
    );
    let uri = format!(
        "/v1/workflows/w1/events?stream_source=workflow&wait=0&after={cursor}&stream_offset={offset}"
    );
    let second = answer(&gateway, &uri).await;
    events.extend(second["events"].as_array().unwrap().clone());
    assert_eq!(offsets(&events), [0, 1, 2]);
    assert_eq!(second["stream"], json!({"offset": 3}));

    workflow.publish("odd", number(3));
    assert_eq!(offsets(&client.events(1).await), [3]);
    assert_eq!(
        item_block(&mut stream).await.data.unwrap()["data"]["offset"],
        3
    );
    // The end is last.
    workflow.publish("even", number(4));
    workflow.complete(Json::null());
    let last = client.events(2).await;
    assert_eq!(offsets(&last), [4]);
    assert_eq!(last[1]["end"], true);
    assert_eq!(
        item_block(&mut stream).await.data.unwrap()["data"]["offset"],
        4
    );
    assert_eq!(stream.block().await.unwrap().data.unwrap()["end"], true);
    assert!(stream.block().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn without_workflow_stream_only_signalled_items_are_sent() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 2);
    workflow.publish_by_signal("even", number(2));
    let mut client = V1::connect(&gateway).await;
    let asks = json!({"workflow_id": "w1", "stream_source": "signals", "stream_offset": 7});
    client.call("subscribe", asks).await;
    let received = client.events(2).await;
    assert_eq!(received[1]["data"], json!({"topic": "even", "data": 2}));
    client.expect_live_then_silence(QUIET_PERIOD).await;
    let received = answer(&gateway, "/v1/workflows/w1/events?wait=0").await;
    assert_eq!(received["events"].as_array().unwrap().len(), 2);
    assert!(received.get("stream").is_none());
    assert_eq!(gateway.engine.stats().stream_reads, 0);
}

// Covers STR-9, STR-18.
#[tokio::test(start_paused = true)]
async fn event_stream_resumes_after_its_last_id_without_loss_or_duplicates() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 3);
    let uri = "/v1/workflows/w1/events?stream_source=workflow&stream_offset=1";
    let mut stream = Stream::open(&gateway, uri).await;
    let started = stream.block().await.unwrap();
    assert!(started.id.as_ref().unwrap().ends_with(".1"), "{started:?}");
    let live = stream.block().await.unwrap();
    assert_eq!(
        (live.event.as_deref(), &live.id),
        (Some("live"), &started.id)
    );
    let mut cursor = item_block(&mut stream).await.id.unwrap();
    drop(stream);
    for expected in 2..10 {
        // Another node at the same URL, as a browser reconnects.
        let node = Gateway::start_on(gateway.engine.clone(), gateway::config()).await;
        workflow.publish_by_signal("t", number(expected + 1));
        let request = Request::get(uri).header("last-event-id", &cursor);
        let response = node.request(request.body(Body::empty()).unwrap()).await;
        let mut stream = Stream::of(response).await;
        let block = item_block(&mut stream).await;
        assert_eq!(block.data.unwrap()["data"]["offset"], expected);
        cursor = block.id.unwrap();
    }
    // Heartbeats have the same cursor.
    let request = Request::get(uri).header("last-event-id", &cursor);
    let response = gateway.request(request.body(Body::empty()).unwrap()).await;
    let mut stream = Stream::of(response).await;
    let last = item_block(&mut stream).await.id;
    let heartbeat = stream.block().await.unwrap();
    assert_eq!(
        (heartbeat.id, heartbeat.event, heartbeat.data),
        (last, None, None)
    );
}

// Covers STR-7, STR-10.
#[tokio::test(start_paused = true)]
async fn missing_workflow_stream_is_reported_over_every_transport() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.complete_task();

    let mut client = V1::connect(&gateway).await;
    let asks = json!({"workflow_id": "w1", "stream_source": "workflow"});
    client.call("subscribe", asks).await;
    client.events(1).await;
    assert!(client.frame().await.get("live").is_some());
    let received = client.frame().await;
    assert_eq!(received["stream_unavailable"]["workflow_id"], "w1");
    assert_eq!(
        received["stream_unavailable"]["error"]["code"],
        "query_failed"
    );
    client.expect_silence(QUIET_PERIOD).await;

    let mut stream = Stream::open(&gateway, "/v1/workflows/w1/events?stream_source=workflow").await;
    stream.block().await.unwrap();
    assert_eq!(stream.block().await.unwrap().event.as_deref(), Some("live"));
    let received = stream.block().await.unwrap();
    assert_eq!(
        (received.event.as_deref(), received.id),
        (Some("stream_unavailable"), None)
    );
    assert_eq!(received.data.unwrap()["error"]["code"], "query_failed");

    let after = workflow.events()[0].cursor.to_string();
    let uri = format!("/v1/workflows/w1/events?stream_source=workflow&wait=5&after={after}");
    let began = Instant::now();
    let received = answer(&gateway, &uri).await;
    assert_eq!(received["events"], json!([]));
    assert_eq!(received["stream"]["offset"], 0);
    assert_eq!(received["stream"]["error"]["code"], "query_failed");
    assert_eq!(received["live"], true);
    assert_eq!(began.elapsed().as_secs(), 5);

    workflow.signal("s");
    assert_eq!(client.events(1).await[0]["type"], "signal.received");
}

// Covers STR-11, STR-12.
#[tokio::test(start_paused = true)]
async fn topics_filter_the_workflow_stream_and_the_cursor_advances() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 6);
    let mut client = V1::connect(&gateway).await;
    let asks = json!({"workflow_id": "w1", "stream_source": "workflow", "topics": ["odd"]});
    client.call("subscribe", asks).await;
    assert_eq!(offsets(&client.events(4).await), [1, 3, 5]);
    client.heartbeat().await;
    // The item in history is not sent, but the cursor advances past it.
    workflow.publish_by_signal("even", number(6));
    let cursor = workflow.events().pop().unwrap().cursor.to_string();
    let heartbeat = client.heartbeat().await;
    assert_eq!(heartbeat["cursors"], json!({"w1": cursor}));
    workflow.publish("odd", number(7));
    let received = client.events(1).await;
    assert_eq!(
        (offsets(&received), &received[0]["cursor"]),
        (vec![7], &json!(cursor))
    );
}

// Covers SUB-6.
#[tokio::test(start_paused = true)]
async fn invalid_stream_parameters_are_rejected() {
    let gateway = Gateway::start().await;
    let workflow = publishing(&gateway, 1);
    for wrong in [
        "stream_source=other",
        "stream_source=workflow&stream_offset=-1",
        "stream_source=workflow&stream_offset=x",
        "stream_source=workflow&stream_offset=",
        "stream_source=workflow&stream_offset=%2B1",
    ] {
        let uri = format!("/v1/workflows/w1/events?{wrong}");
        let (status, body) = json(gateway.get(&uri).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (400, &json!("invalid_field"))
        );
    }
    let cursor = workflow.events()[0].cursor.to_string();
    for wrong in [format!("{cursor}."), format!("{cursor}.x")] {
        let uri = format!("/v1/workflows/w1/events?stream_source=workflow&after={wrong}");
        let (status, body) = json(gateway.get(&uri).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (400, &json!("invalid_cursor")),
            "{wrong}"
        );
    }
    let mut client = V1::connect(&gateway).await;
    for wrong in [
        json!({"stream_source": "other"}),
        json!({"stream_offset": -1}),
    ] {
        let mut asks = json!({"workflow_id": "w1"});
        let asks_more = wrong.as_object().unwrap().clone();
        asks.as_object_mut().unwrap().extend(asks_more);
        assert_eq!(client.call_error("subscribe", asks).await, "invalid_field");
    }
}

//! Events filtered by type and topic, over WebSockets, event streams and long-polls.

use std::time::Duration;

use fast_temporal_protocol::{Event, Json, event::StreamItem};
use fast_temporal_testkit::fake::FakeWorkflow;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Gateway, Stream, V1, config, json};

fn publish(workflow: &FakeWorkflow, topic: &str) {
    workflow.push(StreamItem {
        topic: topic.to_owned(),
        ..StreamItem::default()
    });
}

/// A closed workflow with events of many types.
fn busy(gateway: &Gateway) -> FakeWorkflow {
    let workflow = gateway.engine.workflow("w1");
    for topic in ["a", "b", "c"] {
        publish(&workflow, topic);
        workflow.schedule("one");
        workflow.signal("s");
        workflow.complete_activity("one", Json::null());
    }
    workflow.complete(Json::null());
    workflow
}

/// The events that match a filter. All transports must agree on them.
async fn selected(gateway: &Gateway, types: &[&str], topics: &[&str]) -> Vec<Value> {
    let mut client = V1::connect(gateway).await;
    let fields = json!({"workflow_id": "w1", "types": types, "topics": topics});
    client.call("subscribe", fields).await;
    let mut events = Vec::new();
    loop {
        let frame = client.frame().await;
        match frame.get("event") {
            Some(event) => events.push(event.clone()),
            None if frame.get("end").is_some() => break,
            None => assert!(frame.get("live").is_some(), "{frame}"),
        }
    }
    let query = format!("types={}&topics={}", types.join(","), topics.join("%2C%20"));
    let uri = format!("/v1/workflows/w1/events?{query}");
    let mut stream = Stream::open(gateway, &uri).await;
    assert_eq!(stream.events(events.len()).await, events, "{query}");
    assert!(stream.block().await.is_none(), "{query}");
    let (_, answer) = json(gateway.get(&format!("{uri}&wait=0")).await).await;
    assert_eq!(answer["events"], json!(events), "{query}");
    assert_eq!(answer["end"], true, "{query}");
    events
}

// Covers SUB-1.
#[tokio::test(start_paused = true)]
async fn only_requested_events_and_the_last_event_are_sent() {
    let gateway = Gateway::start().await;
    let mut all: Vec<Event> = busy(&gateway).events();
    all.last_mut().unwrap().end = true;
    let values = |keep: &dyn Fn(&str) -> bool| -> Vec<Value> {
        let kept = all
            .iter()
            .filter(|event| event.end || keep(event.data.type_name()));
        kept.map(|event| serde_json::to_value(event).unwrap())
            .collect()
    };
    for (types, keep) in [
        (&[][..], &(|_: &str| true) as &dyn Fn(&str) -> bool),
        (&["signal.received"], &|name: &str| {
            name == "signal.received"
        }),
        (&["activity.*"], &|name: &str| name.starts_with("activity.")),
        (&["activity.completed", "workflow.*"], &|name: &str| {
            name == "activity.completed" || name.starts_with("workflow.")
        }),
        (&["nexus.*", "timer.fired"], &|_: &str| false),
    ] {
        assert_eq!(
            selected(&gateway, types, &[]).await,
            values(keep),
            "{types:?}"
        );
    }
    let of_a_and_c = selected(&gateway, &["stream.item"], &["a", "c"]).await;
    let topics: Vec<_> = of_a_and_c
        .iter()
        .map(|event| &event["data"]["topic"])
        .collect();
    assert_eq!(topics, [&json!("a"), &json!("c"), &Value::Null]);
    // Topics do not filter other events.
    assert_eq!(selected(&gateway, &[], &["a"]).await.len(), all.len() - 2);
}

// Covers SUB-4, SUB-8, WS-36.
#[tokio::test(start_paused = true)]
async fn heartbeat_sends_cursors_that_advanced_past_filtered_events() {
    let gateway = Gateway::start().await;
    let (one, two) = (gateway.engine.workflow("w1"), gateway.engine.workflow("w2"));
    let mut client = V1::connect(&gateway).await;
    let nothing = json!({"workflow_id": "w1", "types": ["timer.*"]});
    client.call("subscribe", nothing.clone()).await;
    client.call("subscribe", json!({"workflow_id": "w2"})).await;
    // The end of both replays, and the start of the second workflow.
    for _ in 0..3 {
        client.frame().await;
    }
    let began = Instant::now();
    for number in 1..=3 {
        one.signals(200);
        two.signal("s");
        client.events(1).await;
        let moved = client.heartbeat().await;
        let cursor = one.events().last().unwrap().cursor.to_string();
        assert_eq!(moved, json!({"cursors": {"w1": cursor}}), "{number}");
        // Sent once.
        assert_eq!(client.heartbeat().await, json!({"cursors": {}}));
        let each = began.elapsed().as_secs_f64() / f64::from(2 * number);
        assert!((17.9..22.1).contains(&each), "{each}");
    }
    // After that cursor, any node sends exactly the rest, over any transport.
    one.signal("s");
    let cursor = client.heartbeat().await["cursors"]["w1"].clone();
    one.signal("the rest");
    let other = Gateway::start_on(gateway.engine.clone(), config()).await;
    let mut client = V1::connect(&other).await;
    client
        .call("subscribe", json!({"workflow_id": "w1", "after": cursor}))
        .await;
    assert_eq!(client.events(1).await[0]["data"]["name"], "the rest");
    assert!(client.frame().await.get("live").is_some());
    client.expect_silence(Duration::from_secs(1)).await;
    let after = cursor.as_str().unwrap();
    let uri = format!("/v1/workflows/w1/events?wait=0&after={after}");
    let (_, answer) = json(other.get(&uri).await).await;
    assert_eq!(answer["events"][0]["data"]["name"], "the rest");
    assert_eq!(answer["events"].as_array().unwrap().len(), 1);
}

// Covers WS-36.
#[tokio::test(start_paused = true)]
async fn heartbeat_does_not_repeat_cursors() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let mut client = V1::connect(&gateway).await;
    let signals = json!({"workflow_id": "w1", "types": ["signal.*"]});
    client.call("subscribe", signals).await;
    assert!(client.frame().await.get("live").is_some());
    // An event that the filter hides, then one that it does not, and the reverse.
    workflow.schedule("one");
    workflow.signal("s");
    client.events(1).await;
    assert_eq!(client.heartbeat().await, json!({"cursors": {}}));
    workflow.signal("s");
    workflow.schedule("two");
    client.events(1).await;
    let cursor = workflow.events().last().unwrap().cursor.to_string();
    assert_eq!(client.heartbeat().await, json!({"cursors": {"w1": cursor}}));
    workflow.schedule("three");
    client
        .call("unsubscribe", json!({"workflow_id": "w1"}))
        .await;
    assert_eq!(client.heartbeat().await, json!({"cursors": {}}));
}

// Covers WS-36.
#[tokio::test(start_paused = true)]
async fn many_cursors_are_sent_in_several_heartbeats() {
    let mut config = config();
    config.requests.per_second = 0;
    let gateway = Gateway::start_with(config).await;
    let mut client = V1::connect(&gateway).await;
    let mut workflows = Vec::new();
    for number in 0..250 {
        let id = format!("w{number}");
        workflows.push(gateway.engine.workflow(&id));
        let nothing = json!({"workflow_id": id, "types": ["timer.*"]});
        client.call("subscribe", nothing).await;
    }
    for _ in &workflows {
        assert!(client.frame().await.get("live").is_some());
    }
    for workflow in &workflows {
        workflow.signal("s");
    }
    let mut told = 0;
    let began = Instant::now();
    for _ in 0..3 {
        let heartbeat = client.heartbeat().await;
        let cursors = heartbeat["cursors"].as_object().unwrap();
        assert!(cursors.len() <= 100);
        told += cursors.len();
    }
    assert_eq!(told, 250);
    assert!(began.elapsed() < Duration::from_secs(23));
}

// Covers SUB-4, SUB-8, SSE-7.
#[expect(clippy::disallowed_methods, reason = "it ends with the test")]
#[tokio::test(start_paused = true)]
async fn event_stream_sends_heartbeats_while_a_filter_hides_events() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let uri = "/v1/workflows/w1/events?types=timer.*";
    let mut stream = Stream::open(&gateway, uri).await;
    stream.block().await.unwrap();
    let began = Instant::now();
    let noise = workflow.clone();
    let noise = tokio::spawn(async move {
        loop {
            noise.signal("s");
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
    });
    for number in 1..=3 {
        let heartbeat = stream.block().await.unwrap();
        assert_eq!((&heartbeat.event, &heartbeat.data), (&None, &None));
        let cursor = workflow.events().last().unwrap().cursor.to_string();
        assert_eq!(heartbeat.id, Some(cursor), "{number}");
        assert_eq!(began.elapsed().as_secs(), 15 * number);
    }
    noise.abort();
}

// Covers SUB-4, HTTP-6.
#[tokio::test(start_paused = true)]
async fn long_poll_cursor_advances_past_filtered_events() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3000);
    let began = Instant::now();
    let uri = "/v1/workflows/w1/events?types=timer.*&wait=7";
    let (_, nothing) = json(gateway.get(uri).await).await;
    assert_eq!(
        (&nothing["events"], &nothing["live"]),
        (&json!([]), &json!(true))
    );
    let cursor = workflow.events().last().unwrap().cursor.to_string();
    assert_eq!(nothing["cursor"], cursor);
    assert_eq!(began.elapsed().as_secs(), 7);
    workflow.complete(Json::null());
    let uri = format!("{uri}&after={cursor}");
    let (_, end) = json(gateway.get(&uri).await).await;
    assert_eq!(
        (&end["events"][0]["type"], &end["end"]),
        (&json!("workflow.completed"), &json!(true))
    );
    assert_eq!(end["events"].as_array().unwrap().len(), 1);
}

// Covers SUB-3, SUB-7.
#[tokio::test(start_paused = true)]
async fn invalid_filters_are_rejected_with_a_code() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    let topics = "x".repeat(8193);
    for query in [
        "types=nothing",
        "types=activity",
        "from=then",
        "progress=yes",
        &format!("topics={topics}"),
    ] {
        let uri = format!("/v1/workflows/w1/events?wait=0&{query}");
        let (status, body) = json(gateway.get(&uri).await).await;
        assert_eq!(status, 400, "{query}");
        assert_eq!(body["error"]["code"], "invalid_field", "{query}");
    }
    for query in [
        "types=&topics=&from=start&progress=0",
        "types=%20status%20,,timer.*",
    ] {
        let uri = format!("/v1/workflows/w1/events?wait=0&{query}");
        assert_eq!(gateway.get(&uri).await.status(), 200, "{query}");
    }
}

// Covers SUB-2.
#[tokio::test(start_paused = true)]
async fn from_now_sends_only_later_events() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3000);
    let here = workflow.events().last().unwrap().cursor.to_string();
    let mut client = V1::connect(&gateway).await;
    let now = json!({"workflow_id": "w1", "from": "now"});
    client.call("subscribe", now.clone()).await;
    let live = json!({"live": {"workflow_id": "w1", "cursor": here}});
    assert_eq!(client.frame().await, live);
    let uri = "/v1/workflows/w1/events?from=now";
    let mut stream = Stream::open(&gateway, uri).await;
    let live = stream.block().await.unwrap();
    assert_eq!(live.event.as_deref(), Some("live"));
    assert_eq!(live.id.as_ref(), Some(&here));
    let (_, answer) = json(gateway.get(&format!("{uri}&wait=0")).await).await;
    assert_eq!(answer["events"], json!([]));
    assert_eq!(
        (&answer["cursor"], &answer["live"]),
        (&json!(here), &json!(true))
    );

    workflow.signal("later");
    assert_eq!(client.events(1).await[0]["data"]["name"], "later");
    assert_eq!(stream.events(1).await[0]["data"]["name"], "later");
    // A cursor takes precedence.
    let uri = format!("{uri}&wait=0&after={here}");
    let (_, answer) = json(gateway.get(&uri).await).await;
    assert_eq!(answer["events"][0]["data"]["name"], "later");

    workflow.complete(Json::null());
    assert_eq!(client.events(1).await[0]["end"], true);
    let end = json!({"end": {"workflow_id": "w1"}});
    assert_eq!(client.frame().await, end);
    // A closed workflow has no further events.
    client.call("subscribe", now).await;
    assert_eq!(client.frame().await, end);
    let uri = "/v1/workflows/w1/events?from=now";
    assert_eq!(gateway.get(uri).await.status(), 204);
    let (_, answer) = json(gateway.get(&format!("{uri}&wait=0")).await).await;
    assert_eq!(
        (&answer["events"], &answer["end"]),
        (&json!([]), &json!(true))
    );
}

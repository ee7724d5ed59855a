//! Events filtered by type and topic, over WebSockets, event streams and long-polls.

use std::time::Duration;

use fast_temporal_protocol::{Event, Json, event::StreamItem};
use fast_temporal_testkit::fake::FakeWorkflow;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::support::{Gateway, Setup, Timer, last_cursor, to_json};

/// Returns a closed workflow with events of many types.
fn busy(gateway: &Gateway) -> FakeWorkflow {
    let workflow = gateway.engine.workflow("w1");
    for topic in ["a", "b", "c"] {
        workflow.push(StreamItem {
            topic: topic.to_owned(),
            ..StreamItem::default()
        });
        workflow.schedule("one");
        workflow.signal("s");
        workflow.complete_activity("one", Json::null());
    }
    workflow.complete(Json::null());
    workflow
}

/// Returns the events that match a filter, which must be the same over all transports.
async fn matching(gateway: &Gateway, types: &[&str], topics: &[&str]) -> Vec<Value> {
    let mut client = gateway.v1().await;
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
    let mut stream = gateway.event_stream(&uri).await;
    assert_eq!(stream.events(events.len()).await, events, "{query}");
    stream.expect_end().await;
    let page = gateway.get_ok(&format!("{uri}&wait=0")).await;
    assert_eq!(page["events"], json!(events), "{query}");
    assert_eq!(page["end"], true, "{query}");
    events
}

// Covers SUB-1.
#[tokio::test(start_paused = true)]
async fn only_requested_events_and_the_last_event_are_sent() {
    type Keep = fn(&str) -> bool;
    let gateway = Gateway::start().await;
    let mut all: Vec<Event> = busy(&gateway).events();
    all.last_mut().unwrap().end = true;
    let cases: [(&[&str], Keep); 5] = [
        (&[], |_| true),
        (&["signal.received"], |name| name == "signal.received"),
        (&["activity.*"], |name| name.starts_with("activity.")),
        (&["activity.completed", "workflow.*"], |name| {
            name == "activity.completed" || name.starts_with("workflow.")
        }),
        (&["nexus.*", "timer.fired"], |_| false),
    ];
    for (types, keep) in cases {
        let mut expected = all.clone();
        expected.retain(|event| event.end || keep(event.data.type_name()));
        let events = matching(&gateway, types, &[]).await;
        assert_eq!(events, to_json(&expected), "{types:?}");
    }
    let of_a_and_c = matching(&gateway, &["stream.item"], &["a", "c"]).await;
    let topics: Vec<_> = of_a_and_c
        .iter()
        .map(|event| &event["data"]["topic"])
        .collect();
    assert_eq!(topics, [&json!("a"), &json!("c"), &Value::Null]);
    // Topics do not filter other events.
    assert_eq!(matching(&gateway, &[], &["a"]).await.len(), all.len() - 2);
}

// Covers SUB-4, SUB-8, WS-36.
#[tokio::test(start_paused = true)]
async fn heartbeat_sends_cursors_that_advanced_past_filtered_events() {
    let gateway = Gateway::start().await;
    let (one, two) = (gateway.engine.workflow("w1"), gateway.engine.workflow("w2"));
    let mut client = gateway.v1().await;
    let timers = json!({"workflow_id": "w1", "types": ["timer.*"]});
    client.call("subscribe", timers).await;
    client.subscribe("w2").await;
    // The end of both replays, and the start of the second workflow.
    for _ in 0..3 {
        client.frame().await;
    }
    let timer = Timer::start();
    for number in 1..=3 {
        one.signals(200);
        two.signal("s");
        client.event().await;
        let cursors = json!({"cursors": {"w1": last_cursor(&one)}});
        assert_eq!(client.heartbeat().await, cursors, "{number}");
        // Each cursor is sent once.
        assert_eq!(client.heartbeat().await, json!({"cursors": {}}));
        let heartbeats = f64::from(2 * number);
        timer.expect(17.9 * heartbeats..22.1 * heartbeats);
    }
    // After that cursor, any node sends exactly the rest, over any transport.
    one.signal("s");
    let cursor = client.heartbeat().await["cursors"]["w1"].clone();
    one.signal("the rest");
    let other = gateway.another_node().await;
    let mut client = other.v1().await;
    let after = json!({"workflow_id": "w1", "after": cursor});
    client.call("subscribe", after).await;
    assert_eq!(client.event().await["data"]["name"], "the rest");
    client.expect_live().await;
    client.expect_silence(Duration::from_secs(1)).await;
    let after = cursor.as_str().unwrap();
    let uri = format!("/v1/workflows/w1/events?wait=0&after={after}");
    let page = other.get_ok(&uri).await;
    assert_eq!(page["events"][0]["data"]["name"], "the rest");
    assert_eq!(page["events"].as_array().unwrap().len(), 1);
}

// Covers WS-36.
#[tokio::test(start_paused = true)]
async fn heartbeat_does_not_repeat_cursors() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let mut client = gateway.v1().await;
    let signals = json!({"workflow_id": "w1", "types": ["signal.*"]});
    client.call("subscribe", signals).await;
    client.expect_live().await;
    // An event that the filter hides, then one that it does not, and the reverse.
    workflow.schedule("one");
    workflow.signal("s");
    client.event().await;
    assert_eq!(client.heartbeat().await, json!({"cursors": {}}));
    workflow.signal("s");
    workflow.schedule("two");
    client.event().await;
    let cursors = json!({"cursors": {"w1": last_cursor(&workflow)}});
    assert_eq!(client.heartbeat().await, cursors);
    workflow.schedule("three");
    client
        .call("unsubscribe", json!({"workflow_id": "w1"}))
        .await;
    assert_eq!(client.heartbeat().await, json!({"cursors": {}}));
}

// Covers WS-36.
#[tokio::test(start_paused = true)]
async fn many_cursors_are_sent_in_several_heartbeats() {
    let gateway = Gateway::start_with(Setup::disable_rate_limit).await;
    let mut client = gateway.v1().await;
    let mut workflows = Vec::new();
    for number in 0..250 {
        let id = format!("w{number}");
        workflows.push(gateway.engine.workflow(&id));
        let timers = json!({"workflow_id": id, "types": ["timer.*"]});
        client.call("subscribe", timers).await;
    }
    for _ in &workflows {
        client.expect_live().await;
    }
    for workflow in &workflows {
        workflow.signal("s");
    }
    let mut received = 0;
    let timer = Timer::start();
    for _ in 0..3 {
        let heartbeat = client.heartbeat().await;
        let cursors = heartbeat["cursors"].as_object().unwrap();
        assert!(cursors.len() <= 100);
        received += cursors.len();
    }
    assert_eq!(received, 250);
    timer.expect(..23.0);
}

// Covers SSE-7, SUB-4, SUB-8.
#[tokio::test(start_paused = true)]
async fn event_stream_sends_heartbeats_while_a_filter_hides_events() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let uri = "/v1/workflows/w1/events?types=timer.*";
    let mut stream = gateway.event_stream(uri).await;
    stream.block_of("live").await;
    let timer = Timer::start();
    let hidden = workflow.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            hidden.signal("s");
            sleep(Duration::from_secs(4)).await;
        }
    });
    for number in 1..=3 {
        let heartbeat = stream.block().await;
        assert!(heartbeat.is_heartbeat(), "{heartbeat:?}");
        assert_eq!(heartbeat.id, Some(last_cursor(&workflow)), "{number}");
        assert_eq!(timer.seconds(), 15 * number);
    }
}

// Covers HTTP-6, SUB-4.
#[tokio::test(start_paused = true)]
async fn long_poll_cursor_advances_past_filtered_events() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3000);
    let timer = Timer::start();
    let uri = "/v1/workflows/w1/events?types=timer.*&wait=7";
    let page = gateway.get_ok(uri).await;
    assert_eq!((&page["events"], &page["live"]), (&json!([]), &json!(true)));
    let cursor = last_cursor(&workflow);
    assert_eq!(page["cursor"], cursor);
    assert_eq!(timer.seconds(), 7);
    workflow.complete(Json::null());
    let page = gateway.get_ok(&format!("{uri}&after={cursor}")).await;
    assert_eq!(page["events"][0]["type"], "workflow.completed");
    assert_eq!(page["events"].as_array().unwrap().len(), 1);
    assert_eq!(page["end"], true);
}

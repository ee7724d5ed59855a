//! Events over SSE and JSON; and what all transports have in common.

use std::time::Duration;

use fast_temporal_core::EngineErrorKind;
use fast_temporal_protocol::{Cursor, Json, Position};
use fast_temporal_testkit::event_stream::Block;
use serde_json::json;
use tokio::time::sleep;

use crate::support::{Gateway, Timer, last_cursor, path_of, to_json};

const URI: &str = "/v1/workflows/w1/events";

/// Returns the URI of the events after a cursor as one page.
fn page_after(cursor: &str) -> String {
    format!("{URI}?wait=0&after={cursor}")
}

// Covers HTTP-3, SSE-1, SSE-2, SSE-3, SSE-6, SSE-10.
#[tokio::test(start_paused = true)]
async fn stream_replays_then_is_live_and_ends_with_the_workflow() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("one");
    let mut stream = gateway.event_stream(URI).await;
    let replayed = stream.events(2).await;
    assert_eq!(replayed, to_json(&workflow.events()));
    let live = stream.block_of("live").await;
    assert_eq!(live.id.as_deref(), replayed[1]["cursor"].as_str());
    assert_eq!(live.data.unwrap(), json!({"cursor": replayed[1]["cursor"]}));
    workflow.complete(Json::null());
    let last = stream.event().await;
    assert_eq!(last["type"], "workflow.completed");
    assert_eq!(last["end"], true);
    stream.expect_end().await;
}

// Covers CUR-1, HTTP-24, SUB-5.
#[tokio::test(start_paused = true)]
async fn any_cursor_resumes_on_another_node_over_every_transport() {
    let one = Gateway::start().await;
    let workflow = one.engine.workflow("w1");
    for number in 0..50 {
        workflow.signal(&format!("s{number}"));
    }
    let all = one.event_stream(URI).await.events(51).await;
    let mut client = one.v1().await;
    client.subscribe("w1").await;
    assert_eq!(client.events(51).await, all);
    for at in [0, 1, 25, 49] {
        let two = one.another_node().await;
        let cursor = all[at]["cursor"].as_str().unwrap();
        let rest = &all[at + 1..];
        let mut stream = two.event_stream(&format!("{URI}?after={cursor}")).await;
        assert_eq!(stream.events(rest.len()).await, rest);
        let mut client = two.v1().await;
        let after = json!({"workflow_id": "w1", "after": cursor});
        client.call("subscribe", after).await;
        assert_eq!(client.events(rest.len()).await, rest);
        let page = two.get_ok(&page_after(cursor)).await;
        assert_eq!(page["events"], json!(rest));
    }
}

// Covers HTTP-4.
#[tokio::test(start_paused = true)]
async fn reconnecting_browser_resumes_from_its_last_event_id() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3);
    let events = to_json(&workflow.events());
    let cursor = |at: usize| events[at]["cursor"].as_str().unwrap();
    let browser = gateway.anonymous().with("last-event-id", cursor(2));
    let page = browser.get_ok(&page_after(cursor(0))).await;
    assert_eq!(page["events"], json!(events[3..]));
}

// Covers SSE-9.
#[tokio::test(start_paused = true)]
async fn browser_that_has_every_event_receives_204() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.complete(Json::null());
    let last = last_cursor(&workflow);
    let uri = format!("{URI}?after={last}");
    assert_eq!(gateway.get(&uri).await.status, 204);
    // A client that has fewer events receives the rest.
    let first = &workflow.events()[0].cursor;
    let mut stream = gateway.event_stream(&format!("{URI}?after={first}")).await;
    assert_eq!(stream.event().await["end"], true);
}

// Covers SSE-7.
#[tokio::test(start_paused = true)]
async fn heartbeats_carry_the_cursor() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let mut stream = gateway.event_stream(URI).await;
    stream.event().await;
    stream.block_of("live").await;
    let timer = Timer::start();
    let heartbeat = Block {
        comment: Some(String::new()),
        id: Some(last_cursor(&workflow)),
        ..Block::default()
    };
    for _ in 0..3 {
        assert_eq!(stream.block().await, heartbeat);
    }
    timer.expect(44.0..47.0);
    workflow.signal("s");
    assert_eq!(stream.event().await["type"], "signal.received");
}

// Covers SSE-4, WS-17.
#[tokio::test(start_paused = true)]
async fn missing_history_is_a_gap_over_every_transport() {
    let gateway = Gateway::start().await;
    let missing = gateway.engine.workflow("w1");
    let cursor = last_cursor(&missing);
    missing.complete(Json::null());
    missing.delete();
    gateway.engine.workflow("w1");
    let mut stream = gateway.event_stream(&format!("{URI}?after={cursor}")).await;
    assert_eq!(stream.block_of("gap").await.data, Some(json!({})));
    assert_eq!(stream.event().await["type"], "workflow.started");
    let page = gateway.get_ok(&page_after(&cursor)).await;
    assert_eq!(page["gap"], true);
    let mut client = gateway.v1().await;
    let after = json!({"workflow_id": "w1", "after": cursor});
    client.call("subscribe", after).await;
    assert_eq!(client.frame().await, json!({"gap": {"workflow_id": "w1"}}));
    assert_eq!(client.event().await["type"], "workflow.started");
}

// Covers SSE-5.
#[tokio::test(start_paused = true)]
async fn failed_feed_ends_the_stream_with_its_error() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let mut stream = gateway.event_stream(URI).await;
    stream.event().await;
    stream.block_of("live").await;
    gateway.engine.fail_reads(1, EngineErrorKind::Denied);
    workflow.signal("s");
    let failed = stream.block_of("subscription_failed").await;
    assert_eq!(failed.data.unwrap()["code"], "temporal_permission_denied");
    stream.expect_end().await;
}

// Covers HTTP-6, HTTP-7, HTTP-26.
#[tokio::test(start_paused = true)]
async fn long_poll_returns_existing_events_or_waits_for_the_next_one_as_long_as_requested() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3);
    let timer = Timer::start();
    let page = gateway.get_ok(&format!("{URI}?wait=30")).await;
    assert_eq!(page["events"], json!(to_json(&workflow.events())));
    assert_eq!(page["cursor"], page["events"][3]["cursor"]);
    assert_eq!((&page["end"], &page["gap"]), (&json!(false), &json!(false)));
    timer.expect(..1.0);

    let cursor = last_cursor(&workflow);
    let uri = format!("{URI}?wait=20&after={cursor}");
    let timer = Timer::start();
    let page = gateway.get_ok(&uri).await;
    assert_eq!((&page["events"], &page["live"]), (&json!([]), &json!(true)));
    assert_eq!(page["cursor"], cursor);
    assert_eq!(timer.seconds(), 20);

    let timer = Timer::start();
    let (page, ()) = tokio::join!(gateway.get_ok(&uri), async {
        sleep(Duration::from_secs(3)).await;
        workflow.signal("s");
    });
    assert_eq!(page["events"][0]["type"], "signal.received");
    assert_eq!(timer.seconds(), 3);
}

// Covers HTTP-6, HTTP-8.
#[tokio::test(start_paused = true)]
async fn long_history_is_paged() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(2500);
    workflow.complete(Json::null());
    let mut all = Vec::new();
    let mut page = gateway.get_ok(&format!("{URI}?wait=0")).await;
    loop {
        let events = page["events"].as_array().unwrap();
        assert!((1..=1100).contains(&events.len()), "{}", events.len());
        all.extend(events.clone());
        if page["end"] == true {
            break;
        }
        let cursor = page["cursor"].as_str().unwrap();
        page = gateway.get_ok(&page_after(cursor)).await;
    }
    let mut expected = to_json(&workflow.events());
    expected.last_mut().unwrap()["end"] = json!(true);
    assert_eq!(all, expected);
}

// Covers SSE-1.
#[tokio::test(start_paused = true)]
async fn accept_header_selects_stream_or_page() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    for (accept, content_type) in [
        ("*/*", "text/event-stream"),
        ("text/event-stream", "text/event-stream"),
        ("application/json, text/event-stream", "text/event-stream"),
        ("text/html, Application/JSON;q=0.9", "application/json"),
    ] {
        let response = gateway.anonymous().with("accept", accept).open(URI).await;
        assert_eq!(response.headers()["content-type"], content_type, "{accept}");
    }
}

// Covers CUR-4, CUR-5, ERR-2, ERR-3, HTTP-2, HTTP-5, HTTP-25, SUB-3, SUB-6, SUB-7.
#[tokio::test(start_paused = true)]
async fn invalid_requests_are_rejected_with_a_code() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let cursor = last_cursor(&workflow);
    let elsewhere = Cursor {
        namespace: "elsewhere".into(),
        workflow_id: "w1".into(),
        run_id: "r".into(),
        position: Position {
            event_id: 1,
            index: 0,
            version: 0,
        },
    };
    gateway.engine.workflow("w2");
    for (uri, status, code) in [
        ("none/events", 404, "not_found"),
        ("a%20b/events", 400, "invalid_workflow_id"),
        ("%FF/events", 400, "invalid_workflow_id"),
        ("=!/events", 400, "invalid_workflow_id"),
        ("w1/events?after=junk", 400, "invalid_cursor"),
        (&format!("w2/events?after={cursor}"), 400, "cursor_mismatch"),
        (
            &format!("w1/events?after={elsewhere}"),
            400,
            "cursor_mismatch",
        ),
    ] {
        let uri = format!("/v1/workflows/{uri}");
        assert_eq!(gateway.get(&uri).await.error(), (status, code), "{uri}");
    }
    for query in [
        "wait=31",
        "wait=-1",
        "wait=NaN",
        "wait=soon",
        "wait=1&wait=2",
        "wait=0&types=nothing",
        "wait=0&types=activity",
        "wait=0&from=then",
        "wait=0&progress=yes",
        &format!("wait=0&topics={}", "x".repeat(8193)),
        "stream_source=other",
        "stream_source=workflow&stream_offset=-1",
        "stream_source=workflow&stream_offset=x",
        "stream_source=workflow&stream_offset=",
        "stream_source=workflow&stream_offset=%2B1",
    ] {
        let reply = gateway.get(&format!("{URI}?{query}")).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{query}");
    }
    for query in [
        "types=&topics=&from=start&progress=0",
        "types=%20status%20,,timer.*",
    ] {
        gateway.get_ok(&format!("{URI}?wait=0&{query}")).await;
    }
    gateway.engine.make_unavailable();
    let reply = gateway.get("/v1/workflows/w3/events").await;
    assert_eq!(reply.error(), (503, "temporal_unavailable"));
}

// Covers HTTP-1.
#[tokio::test(start_paused = true)]
async fn any_workflow_id_fits_a_path() {
    let gateway = Gateway::start().await;
    for id in ["a b/c", "..", "größe", "~mfsa.x"] {
        gateway.engine.workflow(id);
        let page = gateway.get_ok(&path_of(id, "/events?wait=0")).await;
        assert_eq!(page["events"][0]["workflow_id"], id);
    }
}

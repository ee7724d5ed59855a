//! Events over SSE and JSON.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, Response},
};
use fast_temporal_core::EngineErrorKind;
use fast_temporal_protocol::{Cursor, Event, Json, Position, path};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::Stream;
use crate::support::{Gateway, config, json};

fn values(events: &[Event]) -> Vec<Value> {
    events
        .iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect()
}

async fn answer(gateway: &Gateway, uri: &str) -> Value {
    let (status, answer) = json(gateway.get(uri).await).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

// Covers HTTP-3, SSE-1, SSE-2, SSE-3, SSE-6, SSE-10.
#[tokio::test(start_paused = true)]
async fn stream_replays_then_is_live_and_ends_with_the_workflow() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("one");
    let mut stream = Stream::open(&gateway, "/v1/workflows/w1/events").await;
    let past = stream.events(2).await;
    assert_eq!(past, values(&workflow.events()));
    let live = stream.block().await.unwrap();
    assert_eq!(live.event.as_deref(), Some("live"));
    assert_eq!(live.id.as_deref(), past[1]["cursor"].as_str());
    assert_eq!(live.data.unwrap(), json!({"cursor": past[1]["cursor"]}));
    workflow.complete(Json::null());
    let last = stream.events(1).await;
    assert_eq!(last[0]["type"], "workflow.completed");
    assert_eq!(last[0]["end"], true);
    assert!(stream.block().await.is_none());
}

// Covers CUR-1, HTTP-24.
#[tokio::test(start_paused = true)]
async fn any_cursor_resumes_on_another_node_with_exactly_the_rest() {
    let one = Gateway::start().await;
    let workflow = one.engine.workflow("w1");
    for number in 0..50 {
        workflow.signal(&format!("s{number}"));
    }
    let mut stream = Stream::open(&one, "/v1/workflows/w1/events").await;
    let all = stream.events(51).await;
    for at in [0, 1, 25, 49] {
        let two = Gateway::start_on(one.engine.clone(), config()).await;
        let cursor = all[at]["cursor"].as_str().unwrap();
        let uri = format!("/v1/workflows/w1/events?after={cursor}");
        let mut rest = Stream::open(&two, &uri).await;
        assert_eq!(rest.events(50 - at).await, all[at + 1..]);
    }
}

// Covers HTTP-4.
#[tokio::test(start_paused = true)]
async fn reconnecting_browser_resumes_from_its_last_event_id() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3);
    let events = values(&workflow.events());
    let request = Request::get(format!(
        "/v1/workflows/w1/events?wait=0&after={}",
        events[0]["cursor"].as_str().unwrap()
    ))
    .header("last-event-id", events[2]["cursor"].as_str().unwrap())
    .body(Body::empty())
    .unwrap();
    let (_, answer) = json(gateway.request(request).await).await;
    assert_eq!(answer["events"], json!(events[3..]));
}

// Covers SSE-9.
#[tokio::test(start_paused = true)]
async fn browser_that_has_every_event_receives_204() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.complete(Json::null());
    let last = workflow.events().pop().unwrap().cursor;
    let uri = format!("/v1/workflows/w1/events?after={last}");
    assert_eq!(gateway.get(&uri).await.status(), 204);
    // Whoever has seen less gets the rest.
    let first = &workflow.events()[0].cursor;
    let mut stream =
        Stream::open(&gateway, &format!("/v1/workflows/w1/events?after={first}")).await;
    assert_eq!(stream.events(1).await[0]["end"], true);
}

// Covers SSE-7.
#[tokio::test(start_paused = true)]
async fn heartbeats_carry_the_cursor() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let mut stream = Stream::open(&gateway, "/v1/workflows/w1/events").await;
    let first = stream.events(1).await;
    stream.block().await.unwrap();
    let began = Instant::now();
    for _ in 0..3 {
        let text = stream.text().await.unwrap();
        assert_eq!(
            text,
            format!(":\nid: {}\n\n", first[0]["cursor"].as_str().unwrap())
        );
    }
    let elapsed = began.elapsed();
    assert!((44..47).contains(&elapsed.as_secs()), "{elapsed:?}");
    workflow.signal("s");
    assert_eq!(stream.events(1).await[0]["type"], "signal.received");
}

// Covers SSE-4.
#[tokio::test(start_paused = true)]
async fn missing_history_is_a_gap() {
    let gateway = Gateway::start().await;
    let lost = gateway.engine.workflow("w1");
    let cursor = lost.events()[0].cursor.clone();
    lost.complete(Json::null());
    lost.forget();
    gateway.engine.workflow("w1");
    let mut stream =
        Stream::open(&gateway, &format!("/v1/workflows/w1/events?after={cursor}")).await;
    let gap = stream.block().await.unwrap();
    assert_eq!(
        (gap.event.as_deref(), gap.data),
        (Some("gap"), Some(json!({})))
    );
    assert_eq!(stream.events(1).await[0]["type"], "workflow.started");
    let answer = answer(
        &gateway,
        &format!("/v1/workflows/w1/events?wait=0&after={cursor}"),
    )
    .await;
    assert_eq!(answer["gap"], true);
}

// Covers SSE-5.
#[tokio::test(start_paused = true)]
async fn failed_feed_ends_the_stream_with_its_error() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let mut stream = Stream::open(&gateway, "/v1/workflows/w1/events").await;
    stream.events(1).await;
    stream.block().await.unwrap();
    gateway.engine.fail_reads(1, EngineErrorKind::Denied);
    workflow.signal("s");
    let error = stream.block().await.unwrap();
    assert_eq!(error.event.as_deref(), Some("subscription_failed"));
    assert_eq!(error.data.unwrap()["code"], "temporal_permission_denied");
    assert!(stream.block().await.is_none());
}

// Covers HTTP-6, HTTP-7, HTTP-26.
#[tokio::test(start_paused = true)]
async fn long_poll_returns_existing_events_immediately() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(3);
    let began = Instant::now();
    let first = answer(&gateway, "/v1/workflows/w1/events?wait=30").await;
    assert_eq!(first["events"], json!(values(&workflow.events())));
    assert_eq!(first["cursor"], first["events"][3]["cursor"]);
    assert_eq!(
        (&first["end"], &first["gap"]),
        (&json!(false), &json!(false))
    );
    assert!(began.elapsed() < Duration::from_secs(1));
}

// Covers HTTP-7.
#[tokio::test(start_paused = true)]
async fn long_poll_waits_for_the_next_event_at_most_as_long_as_requested() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let first = answer(&gateway, "/v1/workflows/w1/events?wait=0").await;
    let uri = format!(
        "/v1/workflows/w1/events?wait=20&after={}",
        first["cursor"].as_str().unwrap()
    );
    let began = Instant::now();
    let nothing = answer(&gateway, &uri).await;
    assert_eq!(
        (&nothing["events"], &nothing["live"]),
        (&json!([]), &json!(true))
    );
    assert_eq!(nothing["cursor"], first["cursor"]);
    assert_eq!(began.elapsed().as_secs(), 20);

    let began = Instant::now();
    let (next, ()) = tokio::join!(answer(&gateway, &uri), async {
        sleep(Duration::from_secs(3)).await;
        workflow.signal("s");
    });
    assert_eq!(next["events"][0]["type"], "signal.received");
    assert_eq!(began.elapsed().as_secs(), 3);
}

// Covers HTTP-6, HTTP-8.
#[tokio::test(start_paused = true)]
async fn long_history_is_paged() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    workflow.signals(2500);
    workflow.complete(Json::null());
    let mut all = Vec::new();
    let mut uri = "/v1/workflows/w1/events?wait=0".to_owned();
    loop {
        let part = answer(&gateway, &uri).await;
        let events = part["events"].as_array().unwrap();
        assert!((1..=1100).contains(&events.len()), "{}", events.len());
        all.extend(events.clone());
        uri = format!(
            "/v1/workflows/w1/events?wait=0&after={}",
            part["cursor"].as_str().unwrap()
        );
        if part["end"] == true {
            break;
        }
    }
    assert_eq!(all, values_with_end(&workflow.events()));
}

fn values_with_end(events: &[Event]) -> Vec<Value> {
    let mut values = values(events);
    values.last_mut().unwrap()["end"] = json!(true);
    values
}

// Covers SSE-1.
#[tokio::test(start_paused = true)]
async fn accept_header_selects_stream_or_page() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow("w1");
    let accept = async |accept: &str| -> Response<Body> {
        let request = Request::get("/v1/workflows/w1/events").header("accept", accept);
        gateway.request(request.body(Body::empty()).unwrap()).await
    };
    for (header, content_type) in [
        ("*/*", "text/event-stream"),
        ("text/event-stream", "text/event-stream"),
        ("application/json, text/event-stream", "text/event-stream"),
        ("text/html, Application/JSON;q=0.9", "application/json"),
    ] {
        assert_eq!(
            accept(header).await.headers()["content-type"],
            content_type,
            "{header}"
        );
    }
}

// Covers ERR-2, ERR-3, CUR-4, CUR-5, HTTP-2, HTTP-5, HTTP-25.
#[tokio::test(start_paused = true)]
async fn invalid_requests_are_rejected_with_a_code() {
    let gateway = Gateway::start().await;
    let workflow = gateway.engine.workflow("w1");
    let cursor = workflow.events()[0].cursor.clone();
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
        ("/v1/workflows/none/events".to_owned(), 404, "not_found"),
        (
            "/v1/workflows/a%20b/events".to_owned(),
            400,
            "invalid_workflow_id",
        ),
        (
            "/v1/workflows/%FF/events".to_owned(),
            400,
            "invalid_workflow_id",
        ),
        (
            "/v1/workflows/=!/events".to_owned(),
            400,
            "invalid_workflow_id",
        ),
        (
            "/v1/workflows/w1/events?after=junk".to_owned(),
            400,
            "invalid_cursor",
        ),
        (
            format!("/v1/workflows/w2/events?after={cursor}"),
            400,
            "cursor_mismatch",
        ),
        (
            format!("/v1/workflows/w1/events?after={elsewhere}"),
            400,
            "cursor_mismatch",
        ),
        (
            "/v1/workflows/w1/events?wait=31".to_owned(),
            400,
            "invalid_field",
        ),
        (
            "/v1/workflows/w1/events?wait=-1".to_owned(),
            400,
            "invalid_field",
        ),
        (
            "/v1/workflows/w1/events?wait=NaN".to_owned(),
            400,
            "invalid_field",
        ),
        (
            "/v1/workflows/w1/events?wait=soon".to_owned(),
            400,
            "invalid_field",
        ),
        (
            "/v1/workflows/w1/events?wait=1&wait=2".to_owned(),
            400,
            "invalid_field",
        ),
    ] {
        let (got, body) = json(gateway.get(&uri).await).await;
        assert_eq!(
            (got, body["error"]["code"].as_str()),
            (status, Some(code)),
            "{uri}"
        );
    }
    gateway.engine.go_away();
    let (status, body) = json(gateway.get("/v1/workflows/w3/events").await).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (503, Some("temporal_unavailable"))
    );
}

// Covers HTTP-1.
#[tokio::test(start_paused = true)]
async fn any_workflow_id_fits_a_path() {
    let gateway = Gateway::start().await;
    for id in ["a b/c", "..", "größe", "~mfsa.x"] {
        gateway.engine.workflow(id);
        let uri = format!(
            "/v1/workflows/{}/events?wait=0",
            path::encode_workflow_id(id)
        );
        assert_eq!(answer(&gateway, &uri).await["events"][0]["workflow_id"], id);
    }
}

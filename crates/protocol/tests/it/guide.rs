//! The messages in `docs/protocol/guide.md`.

use fast_temporal_protocol::{
    Event,
    v1::{EventsPage, Notice, Response, StartResult, parse_request},
};
use serde_json::Value;

use crate::support::sample;

const GUIDE: &str = include_str!("../../../../docs/protocol/guide.md");

/// The fields that the guide leaves out of events; those of other types are ignored.
const LEFT_OUT: &str = r#""time":"2026-11-28T23:37:02Z","workflow_id":"order-42","run_id":"r","data":
    {"name":"pay","input":[],"reason":"out of stock","details":[]}"#;

/// Returns a message of the guide with whole cursors, and the fields that it leaves out.
fn complete(text: &str) -> String {
    let cursor = sample::cursor(1, 0);
    let parts: Vec<_> = text.split('"').collect();
    let parts = parts.iter().map(|part| match *part {
        part if part.starts_with("AQ") && part.contains('…') => cursor.to_string(),
        part => part.to_owned(),
    });
    let text = parts.collect::<Vec<_>>().join("\"");
    let text = text.replace(" …}", &format!(" {LEFT_OUT}}}"));
    text.replace(" … ", &format!(" {LEFT_OUT}, "))
}

/// The rest of each line that starts with a prefix.
fn lines(prefix: &str) -> impl Iterator<Item = &str> {
    GUIDE
        .lines()
        .filter_map(move |line| line.strip_prefix(prefix))
}

#[test]
fn requests_in_the_guide_are_valid() {
    let mut requests = 0;
    for text in lines("> ") {
        parse_request(text).unwrap_or_else(|(_, error)| panic!("{text}: {}", error.message));
        requests += 1;
    }
    assert!(requests > 0);
}

#[test]
fn messages_in_the_guide_are_valid() {
    let mut kinds = [0; 3];
    for text in lines("< ").map(complete) {
        let text = &*text;
        let message: Value = serde_json::from_str(text).expect(text);
        if let Some(event) = message.get("event") {
            serde_json::from_str::<Event>(&event.to_string()).expect(text);
            kinds[0] += 1;
        } else if message.get("ok").is_some() {
            Response::decode(text).expect(text);
            kinds[1] += 1;
        } else {
            serde_json::from_str::<Notice>(text).expect(text);
            kinds[2] += 1;
        }
    }
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
}

#[test]
fn http_responses_in_the_guide_are_valid() {
    let events = lines("data: {\"cursor\":\"").count();
    assert_eq!(events, 2, "an event and its end of the replay");
    for text in lines("data: ").map(complete) {
        let value: Value = serde_json::from_str(&text).expect(&text);
        if value.get("type").is_some() {
            serde_json::from_str::<Event>(&text).expect(&text);
        }
    }
    let page = GUIDE.lines().find(|line| line.starts_with("{\"events\""));
    let page = complete(page.expect("a page"));
    let page: EventsPage = serde_json::from_str(&page).expect("a page");
    assert!(page.end && page.events[0].end);
    let started = GUIDE
        .lines()
        .find(|line| line.starts_with("{\"workflow_id\""));
    let started: StartResult = serde_json::from_str(started.expect("a result")).expect("a result");
    assert_eq!(started.workflow_id, "order-43");
}

//! The messages in `docs/protocol/guide.md`.

use std::collections::BTreeMap;

use fast_temporal_protocol::{
    Event,
    v1::{EventsPage, Notice, Response, StartResult, parse_request},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

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

/// Returns a message as the guide shows it.
fn shown(text: &str) -> Value {
    let text = text.replace(", …}", "}").replace(", … ", ", ");
    serde_json::from_str(&text).expect(&text)
}

/// Reads a message, which must have all fields that the guide shows.
fn read<T: DeserializeOwned + Serialize>(text: &str) -> T {
    let completed = complete(text);
    let message: T = serde_json::from_str(&completed).expect(&completed);
    let written = serde_json::to_string(&message).expect(text);
    expect_fields(&shown(text), &written);
    message
}

/// Expects all shown fields in a message that was read and written again: unknown fields are ignored.
fn expect_fields(shown: &Value, written: &str) {
    let written_value = serde_json::from_str(written).expect(written);
    let missing = missing_field(shown, &written_value);
    assert_eq!(missing, None, "in {written}");
}

/// Returns the first field of `shown` that `written` does not have.
fn missing_field(shown: &Value, written: &Value) -> Option<String> {
    match shown {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let Some(written) = written.get(name) else {
                return Some(name.clone());
            };
            missing_field(value, written)
        }),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| missing_field(item, &written[index]))
        }
        _ => None,
    }
}

/// The rest of each line that starts with a prefix.
fn lines(prefix: &str) -> impl Iterator<Item = &str> {
    GUIDE
        .lines()
        .filter_map(move |line| line.strip_prefix(prefix))
}

/// Returns the line that starts with a prefix.
fn line(prefix: &str) -> &'static str {
    let mut lines = GUIDE.lines();
    let line = lines.find(|line| line.starts_with(prefix));
    line.expect(prefix)
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
    for text in lines("< ") {
        let shown = shown(text);
        if shown.get("event").is_some() {
            read::<BTreeMap<String, Event>>(text);
            kinds[0] += 1;
        } else if shown.get("ok").is_some() {
            let response = Response::decode(text).expect(text);
            expect_fields(&shown, &response.encode());
            // Any result is read, and the only one with fields is that of a start.
            if let Some(result) = shown.get("result").filter(|result| **result != json!({})) {
                read::<StartResult>(&result.to_string());
            }
            kinds[1] += 1;
        } else {
            read::<Notice>(text);
            kinds[2] += 1;
        }
    }
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
}

#[test]
fn http_responses_in_the_guide_are_valid() {
    let mut data = lines("data: ").map(|text| (text, shown(text)));
    let (event, _) = data.next().expect("an event");
    read::<Event>(event);
    let (_, live) = data.next().expect("the end of the replay");
    assert_eq!(live, json!({"cursor": live["cursor"]}));
    assert_eq!(data.next(), None);
    let page: EventsPage = read(line("{\"events\""));
    assert!(page.end && page.events[0].end);
    let started: StartResult = read(line("{\"workflow_id\""));
    assert_eq!(started.workflow_id, "order-43");
}

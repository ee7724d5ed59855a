//! Events: golden files per type, and round trips through text.

mod hide;
mod schema;

use std::collections::BTreeSet;

use fast_temporal_protocol::{Event, EventData};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use crate::support::{event_strategy, golden, golden::assert_golden, sample};

#[test]
fn every_event_type_matches_its_golden_file() {
    for event in sample::full_events() {
        assert_golden(&format!("event/{}.json", event.data.type_name()), &event);
    }
}

#[test]
fn absent_fields_are_omitted() {
    assert_golden("event/bare.json", &sample::bare_events());
}

#[test]
fn samples_and_strategies_cover_every_type_in_order() {
    let names = |events: Vec<Event>| -> Vec<String> {
        events
            .iter()
            .map(|event| event.data.type_name().to_owned())
            .collect()
    };
    assert_eq!(names(sample::full_events()), EventData::TYPES);
    assert_eq!(names(sample::bare_events()), EventData::TYPES);

    let mut runner = TestRunner::deterministic();
    let generated: Vec<_> = event_strategy::known()
        .iter()
        .map(|one| one.new_tree(&mut runner).expect("a value").current())
        .map(|data| data.type_name().to_owned())
        .collect();
    assert_eq!(generated, EventData::TYPES);
}

#[test]
fn every_golden_file_has_an_event_type() {
    let files = std::fs::read_dir(golden::folder().join("event")).expect("golden files");
    let found: BTreeSet<_> = files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    let types = EventData::TYPES.iter().copied().chain(["bare"]);
    let expected: BTreeSet<_> = types.map(|name| format!("{name}.json")).collect();
    assert_eq!(found, expected);
}

// Covers EV-6.
#[test]
fn only_the_last_event_has_end() {
    let written = |end| {
        let event = sample::event(1, sample::full_events()[1].data.clone(), end);
        serde_json::to_string(&event).expect("an event has a JSON form")
    };
    assert!(
        written(true).ends_with(r#","end":true}"#),
        "{}",
        written(true)
    );
    assert!(!written(false).contains(r#""end""#), "{}", written(false));
}

// Covers EV-1, EV-13.
#[test]
fn unknown_types_and_fields_are_accepted() {
    let cursor = sample::cursor(1, 0);
    let text = format!(
        r#"{{"cursor":"{cursor}","type":"moon.landed","time":"2026-11-23T00:00:00Z",
            "workflow_id":"order-42","run_id":"r","data":{{"b":1,"a":2}},"more":true}}"#
    );
    let event: Event = serde_json::from_str(&text).expect("an event");
    assert_eq!(event.data.type_name(), "moon.landed");
    let EventData::Unknown(unknown) = event.data else {
        panic!("a known type: {event:?}")
    };
    assert_eq!(unknown.data.get(), r#"{"b":1,"a":2}"#);

    let known = serde_json::json!({
        "cursor": cursor, "type": "timer.fired", "time": "2026-11-23T00:00:00Z",
        "workflow_id": "order-42", "run_id": "r", "data": {"timer_id": "1", "more": [1]},
    });
    let event: Event = serde_json::from_value(known).expect("an event");
    assert_eq!(event.data.type_name(), "timer.fired");
}

proptest! {
    #[test]
    fn any_event_round_trips(event in event_strategy::event()) {
        let text = serde_json::to_string(&event).expect("an event has a JSON form");
        let read: Event = serde_json::from_str(&text).expect("what was written is read");
        prop_assert_eq!(&read, &event);
        prop_assert_eq!(serde_json::to_string(&read).expect("again"), text);
    }

    // Covers EV-12.
    #[test]
    fn any_event_is_one_line(event in event_strategy::event()) {
        let text = serde_json::to_string(&event).expect("an event has a JSON form");
        prop_assert!(!text.contains(['\n', '\r']));
    }
}

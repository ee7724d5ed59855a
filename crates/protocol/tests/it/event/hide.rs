//! Events without payloads: golden files per type, and properties of all types.

use std::collections::BTreeSet;

use fast_temporal_protocol::{Event, EventData, Json, event::UpdateCompleted};
use proptest::prelude::*;

use crate::support::{event_strategy, golden, golden::assert_golden, sample};

/// The event types without payloads.
const OPEN: [&str; 11] = [
    "workflow.timed_out",
    "workflow.reset",
    "timer.started",
    "timer.fired",
    "timer.canceled",
    "child.started",
    "child.terminated",
    "child.timed_out",
    "nexus.started",
    "status",
    "stream.item",
];

/// One event of each type, none of them the feed's last.
fn intermediate() -> impl Iterator<Item = Event> {
    let all = sample::full_events().into_iter();
    all.map(|event| Event {
        end: false,
        ..event
    })
}

// Covers EV-15, EV-16.
#[test]
fn hidden_events_match_their_golden_files() {
    for event in intermediate() {
        let name = event.data.type_name();
        match event.without_payloads() {
            Some(hidden) => assert_golden(&format!("hidden/{name}.json"), &hidden),
            None => assert!(OPEN.contains(&name), "{name} has nothing to hide"),
        }
    }
    let files = std::fs::read_dir(golden::folder().join("hidden")).expect("golden files");
    let open: BTreeSet<_> = OPEN.into_iter().collect();
    let with_payloads = EventData::TYPES
        .iter()
        .filter(|name| !open.contains(**name));
    assert_eq!(files.count(), with_payloads.count());
}

// Covers EV-16.
#[test]
fn result_of_the_last_run_is_visible() {
    for event in intermediate() {
        let last = Event { end: true, ..event };
        let shown = last.without_payloads().is_none();
        let name = last.data.type_name();
        let expected = OPEN.contains(&name) || name == "workflow.completed";
        assert_eq!(shown, expected, "{name}");
    }
}

// Covers EV-16.
#[test]
fn hidden_failure_keeps_message_kind_and_type() {
    let mut failure = sample::failure();
    assert!(failure.hide_payloads());
    assert_eq!(failure.message, sample::failure().message);
    assert_eq!(failure.root_message(), "card declined");
    let cause = failure.cause.expect("a cause");
    assert_eq!(cause.error_type.as_deref(), Some("PaymentError"));
    assert_eq!(cause.details, [Json::hidden()]);
}

#[test]
fn failed_update_hides_failure_details() {
    let completed = UpdateCompleted {
        failure: Some(sample::failure()),
        ..UpdateCompleted::default()
    };
    let event = sample::event(1, completed.into(), false);
    let hidden = event.without_payloads().expect("something to hide");
    let text = serde_json::to_string(&hidden).expect("an event has a JSON form");
    assert!(
        text.contains("card declined") && !text.contains("51"),
        "{text}"
    );
}

#[test]
fn unknown_event_type_is_hidden_entirely() {
    let cursor = sample::cursor(1, 0);
    let text = format!(
        r#"{{"cursor":"{cursor}","type":"moon.landed","time":"2026-11-23T00:00:00Z",
            "workflow_id":"order-42","run_id":"r","data":{{"secret":1}}}}"#
    );
    let event: Event = serde_json::from_str(&text).expect("an event");
    let hidden = event.without_payloads().expect("something to hide");
    let text = serde_json::to_string(&hidden).expect("an event has a JSON form");
    assert!(text.contains(r#""data":{"hidden":true}"#), "{text}");
}

proptest! {
    #[test]
    fn hiding_payloads_is_idempotent(event in event_strategy::event()) {
        let hidden = event.without_payloads().unwrap_or_else(|| event.clone());
        prop_assert_eq!(hidden.without_payloads(), None);
        prop_assert_eq!(hidden.data.type_name(), event.data.type_name());
        prop_assert_eq!(&hidden.cursor, &event.cursor);
    }
}

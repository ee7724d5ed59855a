//! The encodings of an event: each is correct, and made once for all subscribers.

use fast_temporal_core::{Entry, PayloadAccess, Permissions};
use fast_temporal_protocol::Event;
use fast_temporal_testkit::fake::FakeEngine;

use crate::support::json;

const BOTH: [PayloadAccess; 2] = [PayloadAccess::Full, PayloadAccess::Hidden];

/// The events of a workflow whose activity returns a secret.
fn entries() -> Vec<Entry> {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    workflow.complete_activity("charge", json("secret"));
    workflow.events().into_iter().map(Entry::new).collect()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn all_encodings_contain_the_same_json() {
    for entry in entries() {
        for access in BOTH {
            let json = entry.json(access);
            let json = text(&json);
            let cursor = &entry.event().cursor;
            assert_eq!(text(entry.frame(access)), format!(r#"{{"event":{json}}}"#));
            let block = format!("id: {cursor}\ndata: {json}\n\n");
            assert_eq!(text(entry.sse(access)), block);
        }
        let json = entry.json(PayloadAccess::Full);
        let decoded: Event = serde_json::from_slice(&json).expect("an event");
        assert_eq!(decoded, *entry.event());
    }
}

#[test]
fn payloads_are_hidden_without_permission() {
    let entries = entries();
    let [.., completed] = &*entries else {
        panic!("no events")
    };
    for encoding in [
        Entry::json,
        |entry: &Entry, access| entry.frame(access).clone(),
        |entry: &Entry, access| entry.sse(access).clone(),
    ] {
        assert!(text(&encoding(completed, PayloadAccess::Full)).contains("secret"));
        let hidden = encoding(completed, PayloadAccess::Hidden);
        assert!(text(&hidden).contains(r#""result":{"hidden":true}"#));
        assert!(!text(&hidden).contains("secret"));
    }
}

#[test]
fn encodings_are_made_once_and_shared_if_nothing_is_hidden() {
    for entry in entries() {
        for access in BOTH {
            let (json, frame) = (entry.json(access), entry.frame(access));
            assert_eq!(json.as_ptr(), entry.json(access).as_ptr());
            assert_eq!(frame.as_ptr(), entry.frame(access).as_ptr());
            assert!(
                frame.as_ptr_range().contains(&json.as_ptr()),
                "the same memory"
            );
            assert_eq!(entry.sse(access).as_ptr(), entry.sse(access).as_ptr());
        }
        let [all, hidden] = BOTH.map(|access| entry.frame(access).as_ptr());
        let has_payloads = entry.event().data.type_name() == "activity.completed";
        assert_eq!(all != hidden, has_payloads);
    }
}

#[test]
fn permissions_determine_payload_access() {
    assert_eq!(PayloadAccess::of(&Permissions::all()), PayloadAccess::Full);
    assert_eq!(
        PayloadAccess::of(&Permissions::own()),
        PayloadAccess::Hidden
    );
}

//! An event's forms: each is right, and made once for all readers.

use fast_temporal_core::{Entry, PayloadAccess, Permissions};
use fast_temporal_protocol::{Event, Json};
use fast_temporal_testkit::fake::FakeEngine;

const BOTH: [PayloadAccess; 2] = [PayloadAccess::Full, PayloadAccess::Hidden];

/// What happens to a workflow whose activity returns a secret.
fn entries() -> Vec<Entry> {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    let secret = Json::from_text("\"secret\"".to_owned()).expect("JSON");
    workflow.complete_activity("charge", secret);
    workflow.events().into_iter().map(Entry::new).collect()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn every_form_holds_the_same_json() {
    for entry in entries() {
        for visibility in BOTH {
            let json = entry.json(visibility);
            let json = text(&json);
            let cursor = &entry.event().cursor;
            assert_eq!(
                text(entry.frame(visibility)),
                format!(r#"{{"event":{json}}}"#)
            );
            let block = format!("id: {cursor}\ndata: {json}\n\n");
            assert_eq!(text(entry.sse(visibility)), block);
        }
        let json = entry.json(PayloadAccess::Full);
        let read: Event = serde_json::from_slice(&json).expect("an event");
        assert_eq!(read, *entry.event());
    }
}

#[test]
fn payloads_are_hidden_from_who_may_not_see_them() {
    let entries = entries();
    let [.., completed] = &*entries else {
        panic!("no events")
    };
    for form in [
        Entry::json,
        |entry: &Entry, visibility| entry.frame(visibility).clone(),
        |entry: &Entry, visibility| entry.sse(visibility).clone(),
    ] {
        assert!(text(&form(completed, PayloadAccess::Full)).contains("secret"));
        let hidden = form(completed, PayloadAccess::Hidden);
        assert!(text(&hidden).contains(r#""result":{"hidden":true}"#));
        assert!(!text(&hidden).contains("secret"));
    }
}

#[test]
fn forms_are_made_once_and_shared_where_nothing_is_hidden() {
    for entry in entries() {
        for visibility in BOTH {
            let (json, frame) = (entry.json(visibility), entry.frame(visibility));
            assert_eq!(json.as_ptr(), entry.json(visibility).as_ptr());
            assert_eq!(frame.as_ptr(), entry.frame(visibility).as_ptr());
            assert!(frame.as_ptr_range().contains(&json.as_ptr()), "one memory");
            assert_eq!(
                entry.sse(visibility).as_ptr(),
                entry.sse(visibility).as_ptr()
            );
        }
        let [all, hidden] = BOTH.map(|visibility| entry.frame(visibility).as_ptr());
        let has_payloads = entry.event().data.type_name() == "activity.completed";
        assert_eq!(all != hidden, has_payloads);
    }
}

#[test]
fn permissions_say_what_is_shown() {
    assert_eq!(PayloadAccess::of(&Permissions::all()), PayloadAccess::Full);
    assert_eq!(
        PayloadAccess::of(&Permissions::own()),
        PayloadAccess::Hidden
    );
}

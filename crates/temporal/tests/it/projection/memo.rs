//! The memo as status: only changes are events.

use fast_temporal_protocol::EventData;
use temporalio_common::protos::temporal::api::{
    common::v1::{Memo, Payload},
    history::v1::history_event::Attributes,
};

use super::history::{Script, binary, event, json, only};

fn memo<const N: usize>(fields: [(&str, Payload); N]) -> Memo {
    let fields = fields.map(|(key, value)| (key.to_owned(), value));
    Memo {
        fields: fields.into(),
    }
}

fn upserted<const N: usize>(fields: [(&str, Payload); N]) -> Attributes {
    event!(WorkflowPropertiesModifiedEventAttributes {
        upserted_memo: Some(memo(fields))
    })
}

/// A run that was started with a memo.
fn started() -> Script {
    let mut script = Script::new();
    script.apply(event!(WorkflowExecutionStartedEventAttributes {
        memo: Some(memo([("given", json("1")), ("kept", json("[1]"))])),
    }));
    script
}

fn status(made: &[EventData]) -> String {
    serde_json::to_string(only!(made, Status)).unwrap()
}

// Covers EV-23.
#[test]
fn status_contains_only_changed_keys() {
    let mut script = started();
    let made = script.apply(upserted([
        ("given", json("2")),
        ("kept", json("[1]")),
        ("text", json(r#""half way""#)),
    ]));
    assert_eq!(status(&made), r#"{"given":2,"text":"half way"}"#);
    let again = script.apply(upserted([("text", json(r#""half way""#))]));
    assert_eq!(again, []);
}

// Covers EV-23.
#[test]
fn removed_key_is_null_once() {
    let mut script = started();
    let null = || Payload {
        metadata: [("encoding".to_owned(), b"binary/null".to_vec())].into(),
        ..Default::default()
    };
    let made = script.apply(upserted([("given", null()), ("never there", null())]));
    assert_eq!(status(&made), r#"{"given":null}"#);
    assert_eq!(script.apply(upserted([("given", json("null"))])), []);
    let back = script.apply(upserted([("given", json("1"))]));
    assert_eq!(status(&back), r#"{"given":1}"#);
}

#[test]
fn undecodable_values_are_compared_by_their_bytes() {
    let mut script = started();
    let made = script.apply(upserted([("key", binary(b"a"))]));
    assert_eq!(status(&made), r#"{"key":{"undecodable":true}}"#);
    assert_eq!(script.apply(upserted([("key", binary(b"a"))])), []);
    assert_eq!(script.apply(upserted([("key", binary(b"b"))])).len(), 1);
}

#[test]
fn fork_keeps_its_own_memo() {
    let mut script = started();
    let mut fork = script.clone();
    script.apply(upserted([("given", json("2"))]));
    let made = fork.apply(upserted([("given", json("2"))]));
    assert_eq!(status(&made), r#"{"given":2}"#);
}

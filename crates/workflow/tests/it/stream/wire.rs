//! The texts on the wire, as the other implementations write and read them.

use fast_temporal_workflow::stream::{
    PollAnswer, PollInput, PublishInput, State, WireError, decode_payload, encode_payload,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::sample;

/// Reads a text and writes it again.
fn round<T: DeserializeOwned + Serialize>(text: &Value) -> Value {
    let value: T = serde_json::from_value(text.clone()).unwrap();
    serde_json::to_value(value).unwrap()
}

#[test]
fn fields_are_named_as_in_the_other_implementations() {
    let data = "ChYKCGVuY29kaW5nEgpqc29uL3BsYWluEgEx";
    let publish = json!({
        "items": [{"topic": "t", "data": data}], "publisher_id": "0123456789abcdef", "sequence": 3,
    });
    assert_eq!(round::<PublishInput>(&publish), publish);
    let poll = json!({"topics": ["t"], "from_offset": 7});
    assert_eq!(round::<PollInput>(&poll), poll);
    let answer = json!({
        "items": [{"topic": "t", "data": data, "offset": 7}], "next_offset": 8, "more_ready": false,
    });
    assert_eq!(round::<PollAnswer>(&answer), answer);
}

#[test]
fn state_of_the_python_implementation_is_read() {
    let state: State = serde_json::from_value(json!({
        "log": [{"topic": "t", "data": "EgEx", "offset": 0}],
        "base_offset": 5,
        "publishers": {
            "a": {"sequence": 2, "last_seen": "2026-11-23T10:00:00.123456+00:00"},
            "b": {"sequence": 1, "last_seen": "2026-11-23T10:00:00+00:00"},
        },
    }))
    .unwrap();
    assert_eq!((state.base_offset, state.log.len()), (5, 1));
    assert_eq!(
        serde_json::to_value(&state).unwrap()["publishers"],
        json!({
            "a": {"sequence": 2, "last_seen": "2026-11-23T10:00:00.123456Z"},
            "b": {"sequence": 1, "last_seen": "2026-11-23T10:00:00Z"},
        })
    );
}

#[test]
fn what_is_missing_or_null_is_empty() {
    for text in [
        "{}",
        r#"{"items":null,"publisher_id":null,"sequence":null,"unknown":1}"#,
    ] {
        let input: PublishInput = serde_json::from_str(text).unwrap();
        assert_eq!(input, PublishInput::default());
    }
    for text in ["{}", r#"{"topics":null,"from_offset":null}"#] {
        let input: PollInput = serde_json::from_str(text).unwrap();
        assert_eq!(input, PollInput::default());
    }
    for text in [
        "{}",
        r#"{"items":null,"next_offset":null,"more_ready":null}"#,
    ] {
        let answer: PollAnswer = serde_json::from_str(text).unwrap();
        assert_eq!(answer, PollAnswer::default());
    }
    for text in ["{}", r#"{"log":null,"publishers":null}"#] {
        let state: State = serde_json::from_str(text).unwrap();
        assert_eq!(state, State::default());
    }
}

#[test]
fn item_is_its_payloads_protobuf_in_base64() {
    let data = encode_payload(sample::json("1"));
    assert_eq!(data, "ChYKCGVuY29kaW5nEgpqc29uL3BsYWluEgEx");
    assert_eq!(decode_payload(&data).unwrap(), sample::json("1"));
}

#[test]
fn payload_is_written_the_same_each_time() {
    let payload = || {
        let mut payload = sample::json("1");
        for key in 0..20_u8 {
            payload.metadata.insert(format!("key-{key}"), vec![key]);
        }
        payload
    };
    let first = encode_payload(payload());
    for _ in 0..20 {
        assert_eq!(encode_payload(payload()), first);
    }
    assert_eq!(decode_payload(&first).unwrap(), payload());
}

#[test]
fn data_that_is_no_payload_says_why() {
    assert!(matches!(decode_payload("?"), Err(WireError::Base64(_))));
    assert!(matches!(
        decode_payload("/////w=="),
        Err(WireError::Protobuf(_))
    ));
}

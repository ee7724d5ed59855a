//! The wire format, as the other implementations write and read it.

use fast_temporal_workflow::stream::{
    PollInput, PollResult, PublishInput, WireError, WorkflowStreamState, decode_payload,
    encode_payload,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::support::stream_sample;

/// Decodes and encodes a value.
fn round_trip<T: DeserializeOwned + Serialize>(text: &Value) -> Value {
    let value: T = serde_json::from_value(text.clone()).unwrap();
    serde_json::to_value(value).unwrap()
}

#[test]
fn fields_have_the_names_of_the_other_implementations() {
    let data = "ChYKCGVuY29kaW5nEgpqc29uL3BsYWluEgEx";
    let publish = json!({
        "items": [{"topic": "t", "data": data}], "publisher_id": "0123456789abcdef", "sequence": 3,
    });
    assert_eq!(round_trip::<PublishInput>(&publish), publish);
    let poll = json!({"topics": ["t"], "from_offset": 7});
    assert_eq!(round_trip::<PollInput>(&poll), poll);
    let answer = json!({
        "items": [{"topic": "t", "data": data, "offset": 7}], "next_offset": 8, "more_ready": false,
    });
    assert_eq!(round_trip::<PollResult>(&answer), answer);
}

#[test]
fn state_of_the_python_implementation_is_decoded() {
    let state: WorkflowStreamState = serde_json::from_value(json!({
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
fn missing_and_null_fields_are_empty() {
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
        let answer: PollResult = serde_json::from_str(text).unwrap();
        assert_eq!(answer, PollResult::default());
    }
    for text in ["{}", r#"{"log":null,"publishers":null}"#] {
        let state: WorkflowStreamState = serde_json::from_str(text).unwrap();
        assert_eq!(state, WorkflowStreamState::default());
    }
}

#[test]
fn item_data_is_a_protobuf_payload_in_base64() {
    let data = encode_payload(stream_sample::json("1"));
    assert_eq!(data, "ChYKCGVuY29kaW5nEgpqc29uL3BsYWluEgEx");
    assert_eq!(decode_payload(&data).unwrap(), stream_sample::json("1"));
}

#[test]
fn payload_encoding_is_deterministic() {
    let payload = || {
        let mut payload = stream_sample::json("1");
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
fn invalid_item_data_is_an_error() {
    assert!(matches!(decode_payload("?"), Err(WireError::Base64(_))));
    assert!(matches!(
        decode_payload("/////w=="),
        Err(WireError::Protobuf(_))
    ));
}

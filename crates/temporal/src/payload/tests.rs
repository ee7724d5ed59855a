#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use temporalio_common::protos::temporal::api::common::v1::payload::ExternalPayloadDetails;

use super::*;

fn payload(encoding: &str, data: &[u8]) -> Payload {
    Payload {
        metadata: [(ENCODING.to_owned(), encoding.as_bytes().to_vec())].into(),
        data: data.to_vec(),
        external_payloads: Vec::new(),
    }
}

const UNDECODABLE: &str = r#"{"undecodable":true}"#;

#[test]
fn json_text_is_copied_unchanged() {
    let text = r#"{"z": 1e400, "a": 340282366920938463463374607431768211455, "z": "\u00e9"}"#;
    assert_eq!(json(payload("json/plain", text.as_bytes())).get(), text);
    assert_eq!(json(payload("json/protobuf", text.as_bytes())).get(), text);
}

#[test]
fn empty_payload_is_null() {
    assert!(json(payload("binary/null", b"")).is_null());
    assert!(json(Payload::default()).is_null());
    assert!(first(None).is_null());
    assert!(first(Some(Payloads::default())).is_null());
    assert_eq!(all(None), []);
}

// Covers EV-3.
#[test]
fn payload_without_a_json_form_is_undecodable() {
    let mut elsewhere = payload("json/plain", b"1");
    elsewhere
        .external_payloads
        .push(ExternalPayloadDetails::default());
    for payload in [
        payload("json/plain", b"{"),
        payload("json/plain", b""),
        payload("json/plain", b"1 2"),
        payload("json/plain", b"\"\xff\""),
        payload("binary/plain", b"bytes"),
        payload("binary/protobuf", b"\x08\x01"),
        payload("binary/encrypted", b"?"),
        payload("", b"1"),
        Payload {
            data: b"1".to_vec(),
            ..Payload::default()
        },
        elsewhere,
    ] {
        assert_eq!(json(payload.clone()).get(), UNDECODABLE, "{payload:?}");
    }
}

#[test]
fn first_result_and_all_arguments_are_read() {
    let several = || {
        Some(Payloads {
            payloads: vec![payload("json/plain", b"1"), payload("json/plain", b"2")],
        })
    };
    assert_eq!(first(several()).get(), "1");
    let all: Vec<i32> = all(several())
        .iter()
        .map(|json| json.parse().unwrap())
        .collect();
    assert_eq!(all, [1, 2]);
}

#[test]
fn summary_is_a_nonempty_text() {
    assert_eq!(
        text(payload("json/plain", br#""Charge""#)),
        Some("Charge".to_owned())
    );
    assert_eq!(text(payload("json/plain", br#""""#)), None);
    assert_eq!(text(payload("json/plain", b"7")), None);
    assert_eq!(text(payload("binary/plain", b"x")), None);
}

//! Payloads as JSON, and JSON as payloads. The codec is applied elsewhere: before decoding, and after
//! encoding.

use std::collections::HashMap;

use fast_temporal_protocol::Json;
use temporalio_common::protos::temporal::api::common::v1::{Payload, Payloads};

const ENCODING: &str = "encoding";

/// Makes a payload of a value. The JSON text is copied, so numbers keep all their digits.
pub(crate) fn from_json(value: &Json) -> Payload {
    Payload {
        metadata: HashMap::from([(ENCODING.to_owned(), b"json/plain".to_vec())]),
        data: value.get().into(),
        ..Default::default()
    }
}

/// Makes one payload of each argument; `None` if there are no arguments.
pub(crate) fn from_args(args: &[Json]) -> Option<Payloads> {
    (!args.is_empty()).then(|| Payloads {
        payloads: args.iter().map(from_json).collect(),
    })
}

/// Returns a payload as JSON: the text itself if it is JSON, `null` for an empty payload, and
/// `{"undecodable":true}` for one that has no JSON form.
pub(crate) fn json(payload: Payload) -> Json {
    if !payload.external_payloads.is_empty() {
        return undecodable();
    }
    match payload.metadata.get(ENCODING).map(Vec::as_slice) {
        Some(b"json/plain" | b"json/protobuf") => String::from_utf8(payload.data)
            .ok()
            .and_then(|text| Json::from_text(text).ok())
            .unwrap_or_else(undecodable),
        Some(b"binary/null") => Json::null(),
        None if payload.data.is_empty() => Json::null(),
        _ => undecodable(),
    }
}

/// Returns the arguments, in order.
pub(crate) fn all(payloads: Option<Payloads>) -> Vec<Json> {
    let payloads = payloads.unwrap_or_default().payloads;
    payloads.into_iter().map(json).collect()
}

/// Returns the first payload, such as a result; `null` without payloads.
pub(crate) fn first(payloads: Option<Payloads>) -> Json {
    let payloads = payloads.unwrap_or_default().payloads;
    payloads.into_iter().next().map(json).unwrap_or_default()
}

/// Returns text that an SDK wrote as a payload, such as a summary. `None` if it is empty.
pub(crate) fn text(payload: Payload) -> Option<String> {
    let text: String = json(payload).parse().ok()?;
    (!text.is_empty()).then_some(text)
}

/// Stands for a payload that has no JSON form.
pub(crate) fn undecodable() -> Json {
    Json::from_text(r#"{"undecodable":true}"#.to_owned()).expect("the text is JSON")
}

#[cfg(test)]
mod tests {
    use temporalio_common::protos::temporal::api::common::v1::payload::ExternalPayloadDetails;

    use super::*;

    fn payload(encoding: &str, data: &[u8]) -> Payload {
        Payload {
            metadata: [(ENCODING.to_owned(), encoding.as_bytes().to_vec())].into(),
            data: data.to_vec(),
            ..Payload::default()
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
        let external = Payload {
            external_payloads: vec![ExternalPayloadDetails::default()],
            ..payload("json/plain", b"1")
        };
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
            external,
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
        assert_eq!(
            all(several()).iter().map(Json::get).collect::<Vec<_>>(),
            ["1", "2"]
        );
    }

    #[test]
    fn summary_is_a_nonempty_text() {
        let summary = text(payload("json/plain", br#""Charge""#));
        assert_eq!(summary.as_deref(), Some("Charge"));
        for (encoding, data) in [
            ("json/plain", r#""""#),
            ("json/plain", "7"),
            ("binary/plain", "x"),
        ] {
            assert_eq!(text(payload(encoding, data.as_bytes())), None, "{data}");
        }
    }
}

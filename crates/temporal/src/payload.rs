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

/// Returns the first payload, such as a result; `null` if there is none.
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
mod tests;

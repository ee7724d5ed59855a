//! Payloads as JSON. Codecs have decoded them before: what is still unreadable here stays so.

use fast_temporal_protocol::Json;
use temporalio_common::protos::temporal::api::common::v1::{Payload, Payloads};

const ENCODING: &str = "encoding";

/// A payload as JSON: the text itself where it is JSON, `null` for nothing, and
/// `{"undecodable":true}` for what has no JSON form.
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

/// Arguments, in order.
pub(crate) fn all(payloads: Option<Payloads>) -> Vec<Json> {
    let payloads = payloads.unwrap_or_default().payloads;
    payloads.into_iter().map(json).collect()
}

/// A result: there is one or none.
pub(crate) fn first(payloads: Option<Payloads>) -> Json {
    let payloads = payloads.unwrap_or_default().payloads;
    payloads.into_iter().next().map(json).unwrap_or_default()
}

/// Text that an SDK wrote as a payload, such as a summary. Empty text says nothing.
pub(crate) fn text(payload: Payload) -> Option<String> {
    let text: String = json(payload).parse().ok()?;
    (!text.is_empty()).then_some(text)
}

pub(crate) fn undecodable() -> Json {
    Json::from_text(r#"{"undecodable":true}"#.to_owned()).expect("this is JSON")
}

#[cfg(test)]
mod tests;

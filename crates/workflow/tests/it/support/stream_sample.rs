//! Payloads, batches, poll inputs and results for stream tests.

use std::time::{Duration, SystemTime};

use fast_temporal_workflow::stream::{
    PollInput, PollResult, PublishEntry, PublishInput, WireItem, decode_payload, encode_payload,
};
use temporalio_common::protos::temporal::api::common::v1::Payload;

/// Returns the payload that SDKs encode for a JSON value.
pub(crate) fn json(text: &str) -> Payload {
    Payload {
        metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
        data: text.into(),
        ..Payload::default()
    }
}

pub(crate) fn entry(topic: &str, text: &str) -> PublishEntry {
    PublishEntry {
        topic: topic.to_owned(),
        data: encode_payload(json(text)),
    }
}

pub(crate) fn batch(publisher_id: &str, sequence: i64, items: &[(&str, &str)]) -> PublishInput {
    PublishInput {
        items: items
            .iter()
            .map(|(topic, text)| entry(topic, text))
            .collect(),
        publisher_id: publisher_id.to_owned(),
        sequence,
    }
}

pub(crate) fn from(from_offset: u64) -> PollInput {
    PollInput {
        topics: Vec::new(),
        from_offset,
    }
}

pub(crate) fn of_topics(topics: &[&str], from_offset: u64) -> PollInput {
    PollInput {
        topics: topics.iter().map(|&topic| topic.to_owned()).collect(),
        from_offset,
    }
}

/// Returns an item of a poll result.
pub(crate) fn stream_item(offset: u64, topic: &str, text: &str) -> WireItem {
    WireItem {
        topic: topic.to_owned(),
        data: encode_payload(json(text)),
        offset,
    }
}

/// Returns the offsets, topics and texts of a poll result.
pub(crate) fn read(result: &PollResult) -> Vec<(u64, String, String)> {
    let items = result.items.iter();
    items
        .map(|item| {
            let data = decode_payload(&item.data).unwrap().data;
            let text = String::from_utf8(data).unwrap();
            (item.offset, item.topic.clone(), text)
        })
        .collect()
}

/// Asserts the offsets, topics and texts of a poll result.
#[track_caller]
pub(crate) fn expect_items(result: &PollResult, expected: &[(u64, &str, &str)]) {
    let found = read(result);
    let found: Vec<_> = found
        .iter()
        .map(|(offset, topic, text)| (*offset, &**topic, &**text))
        .collect();
    assert_eq!(found, expected);
}

/// Returns a time, in seconds after the start of a workflow.
pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

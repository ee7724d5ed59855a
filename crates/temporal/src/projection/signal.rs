//! Signals, and what outside programs and activities publish to the workflow's stream by signal.
//!
//! The signal's shape is that of Temporal's Workflow Streams: one argument
//! `{"items":[{"topic","data"}],"publisher_id","sequence"}`, where `data` is a payload's protobuf
//! in base64.

use std::collections::HashMap;

use fast_temporal_protocol::{
    EventData,
    event::{SignalReceived, StreamItem},
};
use serde::Deserialize;
use temporalio_common::protos::temporal::api::{
    common::v1::Payloads, history::v1::WorkflowExecutionSignaledEventAttributes,
};

use super::Made;
use crate::payload;

const PUBLISH: &str = "__temporal_workflow_stream_publish";

/// Whether a signal or update is Temporal's own business.
pub(super) fn is_reserved(name: &str) -> bool {
    name.starts_with("__temporal_")
}

/// The number of the last batch of each publisher, by its id. The stream's host drops what does
/// not exceed it.
#[derive(Clone, Default)]
pub(super) struct Publishers(HashMap<String, i64>);

#[derive(Deserialize)]
struct Batch {
    #[serde(default)]
    items: Vec<Item>,
    #[serde(default)]
    publisher_id: String,
    #[serde(default)]
    sequence: i64,
}

#[derive(Deserialize)]
struct Item {
    topic: String,
    data: String,
}

impl Publishers {
    pub(super) fn signaled(&mut self, a: WorkflowExecutionSignaledEventAttributes) -> Made {
        if a.signal_name == PUBLISH {
            return Made(self.published(a.input).unwrap_or_default());
        }
        if is_reserved(&a.signal_name) {
            return Made::none();
        }
        let data = SignalReceived {
            name: a.signal_name,
            input: payload::all(a.input),
        };
        Made::one(data)
    }

    /// The items of a batch that is none of those seen before, each indexed by its place in the
    /// batch. `None` for what is no batch.
    fn published(&mut self, input: Option<Payloads>) -> Option<Vec<(u32, EventData)>> {
        let batch: Batch = payload::first(input).parse().ok()?;
        let numbered = !batch.publisher_id.is_empty();
        if numbered && !self.advance(&batch.publisher_id, batch.sequence) {
            return None;
        }
        let items = (0..).zip(batch.items).filter_map(|(index, item)| {
            let data = StreamItem {
                topic: item.topic,
                data: payload::from_base64(&item.data)?,
                publisher_id: numbered.then(|| batch.publisher_id.clone()),
                sequence: numbered.then_some(batch.sequence),
                offset: None,
            };
            Some((index, data.into()))
        });
        Some(items.collect())
    }

    /// Whether the batch is a new one of its publisher.
    fn advance(&mut self, publisher_id: &str, sequence: i64) -> bool {
        match self.0.get_mut(publisher_id) {
            Some(last) if sequence <= *last => false,
            Some(last) => {
                *last = sequence;
                true
            }
            None => {
                self.0.insert(publisher_id.to_owned(), sequence);
                true
            }
        }
    }
}

//! Signals, and the stream items that programs and activities publish by signal.
//!
//! The signal's format is that of Temporal's Workflow Streams: one argument
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

use super::projected::{Projected, is_reserved};
use crate::{
    payload,
    stream_item::{self, or_default},
};

const PUBLISH: &str = "__temporal_workflow_stream_publish";

/// The number of the last batch of each publisher, by its id. The workflow drops batches with lower or
/// equal numbers, so they are no events.
#[derive(Clone, Default)]
pub(super) struct Publishers(HashMap<String, i64>);

#[derive(Deserialize)]
struct Batch {
    #[serde(default, deserialize_with = "or_default")]
    items: Vec<Item>,
    #[serde(default, deserialize_with = "or_default")]
    publisher_id: String,
    #[serde(default, deserialize_with = "or_default")]
    sequence: i64,
}

#[derive(Deserialize)]
struct Item {
    topic: String,
    data: String,
}

impl Publishers {
    pub(super) fn signaled(
        &mut self,
        a: WorkflowExecutionSignaledEventAttributes,
        run_id: &str,
    ) -> Projected {
        if a.signal_name == PUBLISH {
            return Projected(self.published(a.input, run_id).unwrap_or_default());
        }
        if is_reserved(&a.signal_name) {
            return Projected::none();
        }
        Projected::one(SignalReceived {
            name: a.signal_name,
            input: payload::all(a.input),
        })
    }

    /// Returns the items of a new batch, indexed by their position in it. Returns `None` for a repeated or
    /// malformed batch.
    fn published(
        &mut self,
        input: Option<Payloads>,
        run_id: &str,
    ) -> Option<Vec<(u32, EventData)>> {
        let batch: Batch = payload::first(input).parse().ok()?;
        let numbered = !batch.publisher_id.is_empty();
        if numbered && !self.advance(&batch.publisher_id, batch.sequence) {
            return None;
        }
        let items = (0..).zip(batch.items).filter_map(|(index, item)| {
            let read = stream_item::parse(item.topic, &item.data, run_id)?;
            let data = StreamItem {
                publisher_id: numbered.then(|| batch.publisher_id.clone()),
                sequence: numbered.then_some(batch.sequence),
                ..read
            };
            Some((index, data.into()))
        });
        Some(items.collect())
    }

    /// Returns whether the batch is new, and records its number.
    fn advance(&mut self, publisher_id: &str, sequence: i64) -> bool {
        match self.0.get_mut(publisher_id) {
            Some(last) if sequence <= *last => return false,
            Some(last) => *last = sequence,
            None => _ = self.0.insert(publisher_id.to_owned(), sequence),
        }
        true
    }
}

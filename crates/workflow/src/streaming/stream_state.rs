//! The stream's state for the next run of a workflow that continues as new.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::{
    wire::{WireItem, WorkflowStreamState, timestamp},
    workflow_stream::{Entry, WorkflowStream},
};

/// The maximum size of the log in the state, as JSON. A payload of 2 MB would fail the workflow
/// task forever, and the state also contains the publishers and the other state of the workflow.
const MAX_CARRIED_BYTES: usize = 1 << 20;

/// How long the stream remembers a publisher: longer than a publisher retries a batch.
pub(super) const PUBLISHER_TTL: Duration = Duration::from_mins(15);

impl WorkflowStream {
    /// Returns the state at `now`, the workflow's time: the newest items, up to 1 MiB as JSON, and
    /// the publishers that sent a batch within the last 15 minutes. `base_offset` skips older items
    /// as if they had been truncated. Publishers retry a batch for at most 14 minutes.
    pub fn to_state(&self, now: SystemTime) -> WorkflowStreamState {
        self.to_state_with_ttl(now, PUBLISHER_TTL)
    }

    /// Returns the state, with another time to live for silent publishers. It must exceed the time
    /// for which any publisher retries a batch, or the stream can append a batch twice.
    pub fn to_state_with_ttl(
        &self,
        now: SystemTime,
        publisher_ttl: Duration,
    ) -> WorkflowStreamState {
        let now = timestamp(now);
        let is_kept = |last_seen: Timestamp| {
            let silent = now.duration_since(last_seen);
            silent.is_negative() || silent.unsigned_abs() < publisher_ttl
        };
        let publishers = self.publishers.iter();
        let log = self.newest_items();
        WorkflowStreamState {
            base_offset: self.offset() - log.len() as u64,
            log,
            publishers: publishers
                .filter(|(_, publisher)| is_kept(publisher.last_seen))
                .map(|(id, publisher)| (id.clone(), publisher.clone()))
                .collect(),
        }
    }

    /// Returns the newest items that fit into the state, in order.
    fn newest_items(&self) -> Vec<WireItem> {
        let mut room = MAX_CARRIED_BYTES;
        let newest = self.log.iter().rev().map(to_wire_item);
        let fitting = newest.map_while(|item| {
            room = room.checked_sub(json_bytes(&item))?;
            Some(item)
        });
        let mut log: Vec<_> = fitting.collect();
        log.reverse();
        log
    }

    /// Restores the stream from the state of the previous run. The restored stream does not drain.
    pub fn from_state(state: WorkflowStreamState) -> Self {
        let log = state.log.into_iter().map(|item| Entry {
            topic: item.topic,
            data: item.data,
        });
        Self {
            log: log.collect(),
            base: state.base_offset,
            publishers: state.publishers,
            draining: false,
        }
    }
}

fn to_wire_item(entry: &Entry) -> WireItem {
    WireItem {
        topic: entry.topic.clone(),
        data: entry.data.clone(),
        offset: 0,
    }
}

/// Returns the length of an item in a JSON list.
fn json_bytes(item: &WireItem) -> usize {
    let text = serde_json::to_vec(item).expect("two strings and a number are JSON");
    text.len() + ",".len()
}

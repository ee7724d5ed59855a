//! One item of a workflow's stream, encoded once for all subscribers at the same cursor.

use std::sync::Arc;

use fast_temporal_protocol::{Cursor, Event, event::StreamItem};
use jiff::Timestamp;
use parking_lot::Mutex;

use crate::feed::entry::Entry;

/// An item has no position in history, so as an event it has the cursor of its subscriber. Live
/// subscribers have the same one.
pub(super) struct Item {
    offset: u64,
    value: StreamItem,
    /// When this node read it: the stream has no time of publication.
    time: Timestamp,
    entry: Mutex<Option<Arc<Entry>>>,
}

impl Item {
    pub(super) fn new(offset: u64, value: StreamItem, time: Timestamp) -> Self {
        Self {
            offset,
            value,
            time,
            entry: Mutex::default(),
        }
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The item as an event, for a subscriber at this cursor.
    pub(super) fn entry(&self, cursor: &Cursor) -> Arc<Entry> {
        let mut shared = self.entry.lock();
        if let Some(entry) = &*shared
            && entry.event().cursor == *cursor
        {
            return Arc::clone(entry);
        }
        let entry = Arc::new(Entry::new(Event {
            cursor: cursor.clone(),
            time: self.time,
            data: self.value.clone().into(),
            end: false,
        }));
        *shared = Some(Arc::clone(&entry));
        entry
    }

    /// Approximate memory in bytes: the value here and in its event, and the event's JSON.
    pub(super) fn weight(&self) -> usize {
        let text = self.value.topic.len() + self.value.data.get().len();
        size_of::<Self>() + size_of::<Entry>() + 512 + 3 * text
    }
}

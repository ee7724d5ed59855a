//! One item of a workflow's stream, written once for readers that stand at the same place.

use std::sync::Arc;

use fast_temporal_protocol::{Cursor, Event, event::StreamItem};
use jiff::Timestamp;
use parking_lot::Mutex;

use crate::feed::Entry;

/// An item has no place in history, so as an event it bears that of whoever reads it. Those who
/// follow what happens stand at the same one.
pub(super) struct Item {
    offset: u64,
    value: StreamItem,
    /// When it was read here: the stream does not say when it was published.
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

    /// The item as an event, for a reader at that place.
    pub(super) fn entry(&self, cursor: &Cursor) -> Arc<Entry> {
        let mut known = self.entry.lock();
        if let Some(entry) = &*known
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
        *known = Some(Arc::clone(&entry));
        entry
    }

    /// Roughly how many bytes of memory it costs: the value here and in its event, and the event's
    /// JSON.
    pub(super) fn weight(&self) -> usize {
        let text = self.value.topic.len() + self.value.data.get().len();
        size_of::<Self>() + size_of::<Entry>() + 512 + 3 * text
    }
}

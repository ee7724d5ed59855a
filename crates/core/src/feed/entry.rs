//! One event, encoded once per dialect and payload access for all its subscribers.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use fast_temporal_protocol::{Cursor, Event, seed};

use crate::Permissions;

/// Maximum number of entries in a batch.
pub(crate) const BATCH: usize = 64;
/// A batch ends after this many bytes of JSON: a subscriber keeps it in memory until its client has
/// received it.
const BATCH_BYTES: usize = 256 * 1024;
/// What remains of an event without its payloads is rarely longer, in bytes.
const USUAL_HIDDEN_BYTES: usize = 1024;

const BEFORE_JSON: &[u8] = b"{\"event\":";
const AFTER_JSON: &[u8] = b"}";

/// One event of a feed. Cloning the bytes that it returns copies nothing.
#[derive(Debug)]
pub struct Entry {
    event: Event,
    full: Encodings,
    /// `None` if there is nothing to hide: then `full` serves everybody.
    hidden: OnceLock<Option<Box<Encodings>>>,
    seed: OnceLock<Option<Bytes>>,
}

/// Which payloads of events a client receives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PayloadAccess {
    /// All payloads.
    #[default]
    Full,
    /// No inputs and no intermediate results: see [`Event::without_payloads`].
    Hidden,
}

impl PayloadAccess {
    /// Returns the access that these permissions grant.
    pub fn of(permissions: &Permissions) -> Self {
        if permissions.payloads {
            Self::Full
        } else {
            Self::Hidden
        }
    }
}

impl Entry {
    /// Encodes an event as `v1` JSON, which determines its weight. Other encodings are made on
    /// first use.
    pub fn new(event: Event) -> Self {
        Self {
            full: Encodings::new(&event),
            event,
            hidden: OnceLock::new(),
            seed: OnceLock::new(),
        }
    }

    /// The event itself, with its payloads.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The `v1` dialect: JSON on one line.
    pub fn json(&self, access: PayloadAccess) -> Bytes {
        self.encodings(access).json()
    }

    /// The text of a WebSocket frame: `{"event":<json>}`.
    pub fn frame(&self, access: PayloadAccess) -> &Bytes {
        &self.encodings(access).frame
    }

    /// A block of an event stream: `id: <cursor>`, `data: <json>`, an empty line.
    pub fn sse(&self, access: PayloadAccess) -> &Bytes {
        self.encodings(access).sse(&self.event.cursor)
    }

    /// The frame of the `seed` dialect; `None` for events that this dialect leaves out.
    pub fn seed(&self) -> Option<&Bytes> {
        self.seed
            .get_or_init(|| seed::event_frame(&self.event).map(|frame| frame.encode().into()))
            .as_ref()
    }

    fn encodings(&self, access: PayloadAccess) -> &Encodings {
        if access == PayloadAccess::Full {
            return &self.full;
        }
        let hide = || {
            let event = self.event.without_payloads()?;
            Some(Box::new(Encodings::new(&event)))
        };
        let hidden = self.hidden.get_or_init(hide);
        hidden.as_deref().unwrap_or(&self.full)
    }

    /// Approximate memory of the event in bytes if every encoding is in use: the value, its JSON,
    /// one more dialect, and the last two without payloads. It never changes.
    pub(crate) fn weight(&self) -> usize {
        let full = self.full.frame.len();
        size_of::<Self>() + 3 * full + 2 * full.min(USUAL_HIDDEN_BYTES)
    }
}

/// Returns as many of these entries as fit in a batch, and at least one.
pub(crate) fn batch(entries: impl Iterator<Item = Arc<Entry>>) -> Vec<Arc<Entry>> {
    let mut bytes = 0;
    let fits = |entry: &Arc<Entry>| {
        let is_first = bytes == 0;
        bytes += entry.full.frame.len();
        is_first || bytes <= BATCH_BYTES
    };
    entries.take(BATCH).take_while(fits).collect()
}

/// The `v1` encodings of one event for all clients with the same payload access.
#[derive(Debug)]
struct Encodings {
    /// A WebSocket frame. The JSON is a slice of the same memory.
    frame: Bytes,
    sse: OnceLock<Bytes>,
}

impl Encodings {
    fn new(event: &Event) -> Self {
        let mut frame = BEFORE_JSON.to_vec();
        serde_json::to_writer(&mut frame, event).expect("an event has string keys only");
        frame.extend_from_slice(AFTER_JSON);
        frame.shrink_to_fit();
        Self {
            frame: frame.into(),
            sse: OnceLock::new(),
        }
    }

    fn json(&self) -> Bytes {
        self.frame.slice(self.json_range())
    }

    fn sse(&self, cursor: &Cursor) -> &Bytes {
        self.sse.get_or_init(|| {
            let json = &self.frame[self.json_range()];
            let mut block = format!("id: {cursor}\ndata: ").into_bytes();
            block.reserve_exact(json.len() + 2);
            block.extend_from_slice(json);
            block.extend_from_slice(b"\n\n");
            block.into()
        })
    }

    fn json_range(&self) -> std::ops::Range<usize> {
        BEFORE_JSON.len()..self.frame.len() - AFTER_JSON.len()
    }
}

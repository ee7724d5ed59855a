//! One event, encoded once per dialect for all its readers.

use std::sync::OnceLock;

use bytes::Bytes;
use fast_temporal_protocol::{Event, seed};

/// One event of a feed. Cloning the bytes that it gives copies nothing.
#[derive(Debug)]
pub struct Entry {
    event: Event,
    json: Bytes,
    sse: OnceLock<Bytes>,
    seed: OnceLock<Option<Bytes>>,
}

impl Entry {
    /// Encodes an event. The `v1` form is made at once, as it tells how much the event weighs.
    pub fn new(event: Event) -> Self {
        let json = serde_json::to_vec(&event).expect("an event has string keys only");
        Self {
            event,
            json: json.into(),
            sse: OnceLock::new(),
            seed: OnceLock::new(),
        }
    }

    /// The event itself.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The `v1` dialect: JSON on one line.
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// The same as one block of an event stream: `id: <cursor>`, `data: <json>`, an empty line.
    pub fn sse(&self) -> &Bytes {
        self.sse.get_or_init(|| {
            let mut block = format!("id: {}\ndata: ", self.event.cursor).into_bytes();
            block.reserve_exact(self.json.len() + 2);
            block.extend_from_slice(&self.json);
            block.extend_from_slice(b"\n\n");
            block.into()
        })
    }

    /// The `seed` dialect's frame; `None` for events which it does not tell of.
    pub fn seed(&self) -> Option<&Bytes> {
        self.seed
            .get_or_init(|| seed::event_frame(&self.event).map(|frame| frame.encode().into()))
            .as_ref()
    }

    /// Roughly how many bytes of memory the event costs: the value, its JSON, one more dialect.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + 3 * self.json.len()
    }
}

//! One event, encoded once per dialect and payload visibility for all its readers.

mod form;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use fast_temporal_protocol::{Event, seed};

use self::form::Forms;
use crate::Permissions;

/// How many entries one step of a reader gives at most.
pub(super) const BATCH: usize = 64;
/// After how many bytes of JSON such a step ends: what a reader is given, it holds until its client
/// has taken it.
const BATCH_BYTES: usize = 256 * 1024;
/// What is left of an event without its payloads is rarely longer, in bytes.
const USUAL_REST: usize = 1024;

/// One event of a feed. Cloning the bytes that it gives copies nothing.
#[derive(Debug)]
pub struct Entry {
    event: Event,
    whole: Forms,
    /// `None` where there is nothing to hide: then it is written as for everybody.
    hidden: OnceLock<Option<Box<Forms>>>,
    seed: OnceLock<Option<Bytes>>,
}

/// What a reader is shown of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PayloadAccess {
    /// All there is.
    #[default]
    Full,
    /// No inputs and no intermediate results: see [`Event::without_payloads`].
    Hidden,
}

impl PayloadAccess {
    /// What is shown to whom these permissions were given.
    pub fn of(permissions: &Permissions) -> Self {
        if permissions.payloads {
            Self::Full
        } else {
            Self::Hidden
        }
    }
}

impl Entry {
    /// Encodes an event. The `v1` form is made at once, as it tells how much the event weighs; all
    /// others when they are first asked for.
    pub fn new(event: Event) -> Self {
        Self {
            whole: Forms::new(&event),
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
    pub fn json(&self, visibility: PayloadAccess) -> Bytes {
        self.forms(visibility).json()
    }

    /// The same as a WebSocket frame's text: `{"event":<json>}`.
    pub fn frame(&self, visibility: PayloadAccess) -> &Bytes {
        self.forms(visibility).frame()
    }

    /// The same as one block of an event stream: `id: <cursor>`, `data: <json>`, an empty line.
    pub fn sse(&self, visibility: PayloadAccess) -> &Bytes {
        self.forms(visibility).sse(&self.event.cursor)
    }

    /// The `seed` dialect's frame; `None` for events which it does not tell of.
    pub fn seed(&self) -> Option<&Bytes> {
        self.seed
            .get_or_init(|| seed::event_frame(&self.event).map(|frame| frame.encode().into()))
            .as_ref()
    }

    fn forms(&self, visibility: PayloadAccess) -> &Forms {
        if visibility == PayloadAccess::Full {
            return &self.whole;
        }
        let hide = || {
            let event = self.event.without_payloads()?;
            Some(Box::new(Forms::new(&event)))
        };
        let hidden = self.hidden.get_or_init(hide);
        hidden.as_deref().unwrap_or(&self.whole)
    }

    /// Roughly how many bytes of memory the event costs where it is read in every form: the value,
    /// its JSON, one more dialect, and the last two without payloads. It never changes.
    pub(super) fn weight(&self) -> usize {
        let whole = self.whole.frame().len();
        size_of::<Self>() + 3 * whole + 2 * whole.min(USUAL_REST)
    }
}

/// The first of these entries: as many as one step of a reader gives, and at least one.
pub(super) fn batch(entries: impl Iterator<Item = Arc<Entry>>) -> Vec<Arc<Entry>> {
    let mut bytes = 0;
    let fits = |entry: &Arc<Entry>| {
        let is_first = bytes == 0;
        bytes += entry.whole.frame().len();
        is_first || bytes <= BATCH_BYTES
    };
    entries.take(BATCH).take_while(fits).collect()
}

//! A place in a feed, valid on every node and after every restart.
//!
//! The text form is base64url without padding of: format version (1 byte), namespace, workflow id,
//! run id, event id, event version, index. Strings are a length and UTF-8; a run id that is a UUID
//! is 16 bytes. Numbers are LEB128 varints, signed ones in zigzag. Clients must treat it as opaque.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The first byte of every cursor that this version writes.
const FORMAT: u8 = 1;
/// Longest text that is looked at: Temporal's ids end at 1,000 bytes each.
const MAX_TEXT_BYTES: usize = 4096;
const RUN_UUID: u8 = 0;
const RUN_TEXT: u8 = 1;

/// A place in a feed: just after one event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The namespace that the workflow lives in.
    pub namespace: Arc<str>,
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run whose history holds the event.
    pub run_id: Arc<str>,
    /// The event's place.
    pub position: Position,
}

/// A place in one run's history. The order of positions is the order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Temporal's event id, from 1.
    pub event_id: i64,
    /// Which of the events made of that one history event, from 0.
    pub index: u32,
    /// Temporal's event version: tells branches apart after a failover. Ordered last, as a branch
    /// never holds one event id twice.
    pub version: i64,
}

/// Why a text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of a format that this gateway knows")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(48 + self.namespace.len() + self.workflow_id.len());
        bytes.push(FORMAT);
        put_text(&mut bytes, &self.namespace);
        put_text(&mut bytes, &self.workflow_id);
        put_run_id(&mut bytes, &self.run_id);
        put_number(&mut bytes, zigzag(self.position.event_id));
        put_number(&mut bytes, zigzag(self.position.version));
        put_number(&mut bytes, u64::from(self.position.index));
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(CursorError);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        let mut rest = Rest(&bytes);
        if rest.byte()? != FORMAT {
            return Err(CursorError);
        }
        let cursor = Self {
            namespace: rest.text()?.into(),
            workflow_id: rest.text()?.into(),
            run_id: rest.run_id()?,
            position: Position {
                event_id: unzigzag(rest.number()?),
                version: unzigzag(rest.number()?),
                index: u32::try_from(rest.number()?).map_err(|_| CursorError)?,
            },
        };
        // One place has one text, so cursors can be compared as they are.
        if rest.0.is_empty() && cursor.to_string() == text {
            Ok(cursor)
        } else {
            Err(CursorError)
        }
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Cursor {
    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A place in a feed. Opaque; valid on every node and after every restart.",
            "maxLength": MAX_TEXT_BYTES,
        })
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn put_run_id(bytes: &mut Vec<u8>, run_id: &str) {
    match Uuid::try_parse(run_id) {
        // Only the usual spelling fits 16 bytes and comes back as it was.
        Ok(uuid) if uuid.as_hyphenated().to_string() == run_id => {
            bytes.push(RUN_UUID);
            bytes.extend_from_slice(uuid.as_bytes());
        }
        _ => {
            bytes.push(RUN_TEXT);
            put_text(bytes, run_id);
        }
    }
}

fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn byte(&mut self) -> Result<u8, CursorError> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], CursorError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(CursorError)?;
        self.0 = tail;
        Ok(head)
    }

    fn number(&mut self) -> Result<u64, CursorError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(CursorError)
    }

    fn text(&mut self) -> Result<&'a str, CursorError> {
        let count = usize::try_from(self.number()?).map_err(|_| CursorError)?;
        std::str::from_utf8(self.take(count)?).map_err(|_| CursorError)
    }

    fn run_id(&mut self) -> Result<Arc<str>, CursorError> {
        match self.byte()? {
            RUN_UUID => {
                let uuid = Uuid::from_slice(self.take(16)?).map_err(|_| CursorError)?;
                Ok(uuid.as_hyphenated().to_string().into())
            }
            RUN_TEXT => Ok(self.text()?.into()),
            _ => Err(CursorError),
        }
    }
}

//! Cursors: positions in a feed, valid on every node and after every restart.
//!
//! The text form is base64url without padding of a [`Wire`] value in postcard's encoding: LEB128
//! varints, zigzag for signed numbers, strings with their length before them. Clients treat it as
//! opaque.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use data_encoding::BASE64URL_NOPAD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The first byte of every cursor that this version writes.
const FORMAT: u8 = 1;
/// The longest text that is parsed: Temporal's ids end at 1,000 bytes each.
const MAX_TEXT_BYTES: usize = 4096;

/// A position in a feed, just after one event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The workflow's namespace.
    pub namespace: Arc<str>,
    /// The workflow id.
    pub workflow_id: Arc<str>,
    /// The run whose history contains the event.
    pub run_id: Arc<str>,
    /// The event's position in that history.
    pub position: Position,
}

/// A position in one run's history. Positions are ordered as events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Temporal's event id, from 1.
    pub event_id: i64,
    /// The index among the public events made from that history event, from 0.
    pub index: u32,
    /// Temporal's event version, which identifies the branch after a failover. Ordered last, as a
    /// branch never contains one event id twice.
    pub version: i64,
}

/// A text that is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid cursor: expected the unchanged base64url text of an earlier event's cursor")]
pub struct CursorError;

/// The encoded form: format version, namespace, workflow id, run id, event id, event version,
/// index.
#[derive(Serialize, Deserialize)]
struct Wire<'a>(u8, &'a str, &'a str, RunId<'a>, i64, i64, u32);

/// A run id, as 16 bytes if it is a UUID in the usual spelling: no other spelling could be
/// restored from these.
#[derive(Serialize, Deserialize)]
enum RunId<'a> {
    Uuid([u8; 16]),
    Text(&'a str),
}

impl<'a> From<&'a str> for RunId<'a> {
    fn from(run_id: &'a str) -> Self {
        match Uuid::try_parse(run_id) {
            Ok(uuid) if uuid.as_hyphenated().to_string() == run_id => Self::Uuid(uuid.into_bytes()),
            _ => Self::Text(run_id),
        }
    }
}

impl From<RunId<'_>> for Arc<str> {
    fn from(run_id: RunId<'_>) -> Self {
        match run_id {
            RunId::Uuid(bytes) => Uuid::from_bytes(bytes).as_hyphenated().to_string().into(),
            RunId::Text(text) => text.into(),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position {
            event_id,
            index,
            version,
        } = self.position;
        let run_id = RunId::from(&*self.run_id);
        let (namespace, workflow_id) = (&self.namespace, &self.workflow_id);
        let wire = Wire(
            FORMAT,
            namespace,
            workflow_id,
            run_id,
            event_id,
            version,
            index,
        );
        let bytes = Vec::with_capacity(48 + namespace.len() + workflow_id.len());
        let bytes = postcard::to_extend(&wire, bytes).map_err(|_| fmt::Error)?;
        f.write_str(&BASE64URL_NOPAD.encode(&bytes))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(CursorError);
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
        let bytes = bytes.map_err(|_| CursorError)?;
        let wire = postcard::from_bytes(&bytes).map_err(|_| CursorError)?;
        let Wire(format, namespace, workflow_id, run_id, event_id, version, index) = wire;
        let cursor = Self {
            namespace: namespace.into(),
            workflow_id: workflow_id.into(),
            run_id: run_id.into(),
            position: Position {
                event_id,
                index,
                version,
            },
        };
        // Each position has one text, so clients can compare cursors as text. That also rejects
        // trailing bytes and numbers with needless zero digits.
        if format == FORMAT && cursor.to_string() == text {
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
            "description": "A position in a feed. Opaque; valid on every node and after every restart.",
            "maxLength": MAX_TEXT_BYTES,
        })
    }
}

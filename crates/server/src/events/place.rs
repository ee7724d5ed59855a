//! A reader's place as event streams and long-polls write it: a cursor, and for a reader of the
//! workflow's own stream the offset of its next item, `<cursor>.<offset>`.
//!
//! A browser that reconnects says only the last `id:` that it saw, so all that a reader needs to go
//! on stands in there.

use std::fmt;

use fast_temporal_protocol::Cursor;

/// What stands in neither a cursor nor a number.
const SEPARATOR: char = '.';

/// A place as a client wrote it; the cursor is not checked yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) cursor: &'a str,
    pub(super) stream_offset: Option<u64>,
}

impl<'a> Place<'a> {
    /// What is no place stays as it is, and is no cursor either.
    pub(super) fn parse(text: &'a str) -> Self {
        let parts = text.split_once(SEPARATOR);
        let place = parts.and_then(|(cursor, offset)| {
            let offset = offset.parse().ok()?;
            Some(Self {
                cursor,
                stream_offset: Some(offset),
            })
        });
        place.unwrap_or(Self {
            cursor: text,
            stream_offset: None,
        })
    }
}

/// A place to write.
#[derive(Clone, Copy)]
pub(super) struct Written<'a>(pub(super) &'a Cursor, pub(super) Option<u64>);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        match self.1 {
            Some(offset) => write!(f, "{SEPARATOR}{offset}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_cursor_and_perhaps_an_offset() {
        let parse = |text| {
            let Place {
                cursor,
                stream_offset,
            } = Place::parse(text);
            (cursor, stream_offset)
        };
        assert_eq!(parse("AQ"), ("AQ", None));
        assert_eq!(parse("AQ.0"), ("AQ", Some(0)));
        assert_eq!(parse("AQ.17"), ("AQ", Some(17)));
        for wrong in ["AQ.", "AQ.x", "AQ.-1", "AQ.1.2", "AQ.99999999999999999999"] {
            assert_eq!(parse(wrong), (wrong, None));
        }
    }
}

//! The position of a subscription as event streams and long-polls write it: a cursor, followed by the
//! offset of the next item if the subscription reads the workflow's own stream: `<cursor>.<offset>`.
//!
//! A browser that reconnects sends only the last `id:` that it received, so the id has to contain all
//! that is needed to resume.

use std::fmt;

use fast_temporal_protocol::Cursor;

/// A character that neither cursors nor numbers contain.
const SEPARATOR: char = '.';

/// A position as a client sent it. The cursor is not validated yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReceivedId<'a> {
    pub(super) cursor: &'a str,
    pub(super) stream_offset: Option<u64>,
}

impl<'a> ReceivedId<'a> {
    /// Malformed text is kept whole as the cursor, which then is invalid too.
    pub(super) fn parse(text: &'a str) -> Self {
        let parts = text.split_once(SEPARATOR);
        let id = parts.and_then(|(cursor, offset)| {
            let offset = offset.parse().ok()?;
            Some(Self {
                cursor,
                stream_offset: Some(offset),
            })
        });
        id.unwrap_or(Self {
            cursor: text,
            stream_offset: None,
        })
    }
}

/// A position to send.
#[derive(Clone, Copy)]
pub(super) struct SentId<'a>(pub(super) &'a Cursor, pub(super) Option<u64>);

impl fmt::Display for SentId<'_> {
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
    fn id_is_a_cursor_with_an_optional_offset() {
        let parse = |text| {
            let ReceivedId {
                cursor,
                stream_offset,
            } = ReceivedId::parse(text);
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

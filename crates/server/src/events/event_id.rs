//! The id of an event as event streams and long-polls write it: a cursor, followed by the offset of the
//! next item if the subscription reads the workflow's own stream: `<cursor>.<offset>`.
//!
//! A browser that reconnects sends only the last `id:` that it received, so the id has to contain all
//! that is needed to resume.

use std::fmt;

/// A character that neither cursors nor numbers contain.
const SEPARATOR: char = '.';

/// A cursor, which a client that sent it may have malformed, and the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventId<C>(pub(super) C, pub(super) Option<u64>);

impl<'a> EventId<&'a str> {
    /// Malformed text is kept whole as the cursor, which then is invalid too.
    pub(super) fn parse(text: &'a str) -> Self {
        let parts = text.split_once(SEPARATOR);
        let id = parts.and_then(|(cursor, offset)| Some(Self(cursor, Some(offset.parse().ok()?))));
        id.unwrap_or(Self(text, None))
    }
}

impl<C: fmt::Display> fmt::Display for EventId<C> {
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
        assert_eq!(EventId::parse("AQ"), EventId("AQ", None));
        assert_eq!(EventId::parse("AQ.0"), EventId("AQ", Some(0)));
        assert_eq!(EventId::parse("AQ.17"), EventId("AQ", Some(17)));
        for wrong in ["AQ.", "AQ.x", "AQ.-1", "AQ.1.2", "AQ.99999999999999999999"] {
            assert_eq!(EventId::parse(wrong), EventId(wrong, None));
        }
    }
}

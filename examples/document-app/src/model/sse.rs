//! Server-sent events, as far as language models use them: the data of each event.

/// The longest event that is taken. A piece of text is some bytes; this bounds what a broken
/// server can make us hold.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// Reads events out of bytes that come in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// A line whose end has not come yet.
    line: Vec<u8>,
    /// The data of the event whose end has not come yet, each line with its end.
    data: String,
    /// Whether the last byte was a carriage return, of which a line feed may be the other half.
    after_return: bool,
}

/// An event is longer than is taken, or no text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SseError {
    #[error("an event is longer than {MAX_EVENT_BYTES} bytes")]
    TooLong,
    #[error("an event is no UTF-8 text")]
    NoText,
}

impl Decoder {
    /// The data of each event that ends in these bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, SseError> {
        let mut events = Vec::new();
        for &byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => events.extend(self.end_line()?),
                _ => self.line.push(byte),
            }
            if self.line.len() + self.data.len() > MAX_EVENT_BYTES {
                return Err(SseError::TooLong);
            }
        }
        Ok(events)
    }

    /// The data of an event that the server ended with the answer itself.
    pub(super) fn end(&mut self) -> Result<Option<String>, SseError> {
        if !self.line.is_empty() {
            self.end_line()?;
        }
        self.end_line()
    }

    fn end_line(&mut self) -> Result<Option<String>, SseError> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let mut data = std::mem::take(&mut self.data);
            data.pop();
            return Ok((!data.is_empty()).then_some(data));
        }
        let line = std::str::from_utf8(&line).map_err(|_| SseError::NoText)?;
        // Other fields, and comments that keep the connection alive, say nothing to us.
        if let Some(data) = line.strip_prefix("data:") {
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            self.data.push('\n');
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\r\n\r\ndata: one\r\n\r\nevent: x\ndata:two\ndata: three\n\n\
                          id: 4\n\ndata: größer\r\rdata: last";

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        for size in [1, 2, 3, 7, STREAM.len()] {
            let mut decoder = Decoder::default();
            let mut events = Vec::new();
            for bytes in STREAM.as_bytes().chunks(size) {
                events.extend(decoder.push(bytes).expect("events"));
            }
            events.extend(decoder.end().expect("an event"));
            assert_eq!(events, ["one", "two\nthree", "größer", "last"], "{size}");
        }
    }

    #[test]
    fn what_never_ends_is_given_up() {
        let mut decoder = Decoder::default();
        let error = decoder.push(&vec![b'x'; MAX_EVENT_BYTES + 1]);
        assert_eq!(error, Err(SseError::TooLong));
        let mut decoder = Decoder::default();
        let many = "data: x\n".repeat(MAX_EVENT_BYTES);
        assert_eq!(decoder.push(many.as_bytes()), Err(SseError::TooLong));
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"data: \xff\n\n"), Err(SseError::NoText));
    }
}

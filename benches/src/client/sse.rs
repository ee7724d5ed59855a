//! The part of server-sent events over HTTP/1.1 that is needed to count them: decodes the chunks, splits the
//! text into events, and skips comments.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};

/// The longest accepted line with a chunk's length.
const CHUNK_LINE_BYTES: usize = 64;

/// The request that opens a stream.
pub fn request(address: SocketAddr, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n")
}

/// Finds events in what a server sends.
#[derive(Default)]
pub struct SseDecoder {
    chunk: Chunk,
    /// The start of an incomplete event.
    text: Vec<u8>,
}

/// The position of the stream in a chunk.
enum Chunk {
    /// In the line with its length.
    Line(Vec<u8>),
    /// In its data: the number of bytes to come, including the line break after it.
    Data(usize),
}

impl Default for Chunk {
    fn default() -> Self {
        Self::Line(Vec::new())
    }
}

/// The line break that ends a chunk's data.
const CHUNK_END_BYTES: usize = 2;

impl SseDecoder {
    /// Accepts bytes and calls `on_event` with every event that they complete.
    pub fn feed(&mut self, mut bytes: &[u8], on_event: &mut impl FnMut(&[u8])) -> Result<()> {
        while let Some(first) = bytes.first() {
            match &mut self.chunk {
                Chunk::Line(line) => {
                    bytes = &bytes[1..];
                    line.push(*first);
                    if line.len() > CHUNK_LINE_BYTES {
                        bail!("the body is not chunked");
                    }
                    if line.ends_with(b"\r\n") {
                        self.chunk = Chunk::Data(chunk_length(line)? + CHUNK_END_BYTES);
                    }
                }
                Chunk::Data(left) => {
                    let (part, after) = bytes.split_at((*left).min(bytes.len()));
                    let data = left.saturating_sub(CHUNK_END_BYTES).min(part.len());
                    self.text.extend(&part[..data]);
                    *left -= part.len();
                    bytes = after;
                    if *left == 0 {
                        self.chunk = Chunk::default();
                    }
                }
            }
        }
        self.cut_events(on_event);
        Ok(())
    }

    fn cut_events(&mut self, on_event: &mut impl FnMut(&[u8])) {
        let mut start = 0;
        while let Some(length) = self.text[start..]
            .windows(2)
            .position(|window| window == b"\n\n")
        {
            let event = &self.text[start..start + length];
            if !event.starts_with(b":") {
                on_event(event);
            }
            start += length + 2;
        }
        self.text.drain(..start);
    }
}

fn chunk_length(line: &[u8]) -> Result<usize> {
    let text = std::str::from_utf8(line)?.trim();
    let digits = text.split(';').next().unwrap_or(text);
    let length = usize::from_str_radix(digits, 16).context("not the length of a chunk")?;
    if length == 0 {
        bail!("the server ended the stream");
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::SseDecoder;

    #[test]
    fn events_are_found_in_bytes_split_anywhere() {
        let stream =
            b"10\r\nid: a\ndata: one\n\r\n3\r\n\n: \r\n8\r\nbeat\n\nda\r\na\r\nta: two\n\n.\r\n";
        for cut in 0..stream.len() {
            let mut decoder = SseDecoder::default();
            let mut found = Vec::new();
            for part in [&stream[..cut], &stream[cut..]] {
                let mut keep =
                    |event: &[u8]| found.push(String::from_utf8_lossy(event).into_owned());
                decoder.feed(part, &mut keep).unwrap();
            }
            assert_eq!(found, ["id: a\ndata: one", "data: two"], "cut at {cut}");
        }
    }

    #[test]
    fn last_chunk_ends_the_stream() {
        let error = SseDecoder::default()
            .feed(b"0\r\n\r\n", &mut |_| {})
            .unwrap_err();
        assert_eq!(error.to_string(), "the server ended the stream");
    }
}

//! The part of WebSocket (RFC 6455) that is needed to read text frames and to answer pings.

use std::{io::Cursor, net::SocketAddr};

use anyhow::{Result, bail, ensure};
use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

/// The request that opens a WebSocket.
pub fn handshake(address: SocketAddr, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// A text message as a client sends it.
pub fn text_frame(text: &str) -> Vec<u8> {
    // A mask of zeros leaves the payload unchanged.
    frame(OpCode::Data(Data::Text), Some([0; 4]), text.as_bytes())
}

fn frame(opcode: OpCode, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let header = FrameHeader {
        opcode,
        mask,
        ..FrameHeader::default()
    };
    let mut frame = Vec::new();
    let written = header.format(payload.len() as u64, &mut frame);
    written.expect("a vector accepts all bytes");
    frame.extend(payload);
    frame
}

/// Finds frames in what a server sends.
#[derive(Default)]
pub struct WebSocketDecoder {
    /// The start of an incomplete frame.
    rest: Vec<u8>,
}

impl WebSocketDecoder {
    /// Accepts bytes and calls `on_text` with every text message that they complete. Returns the frame
    /// to send if the server pinged.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        on_text: &mut impl FnMut(&[u8]),
    ) -> Result<Option<Vec<u8>>> {
        let mut joined = std::mem::take(&mut self.rest);
        let mut left = if joined.is_empty() {
            bytes
        } else {
            joined.extend(bytes);
            &joined
        };
        let mut pong = None;
        while let Some((header, payload, after)) = split_frame(left)? {
            let is_whole = header.is_final && header.mask.is_none();
            ensure!(is_whole, "the server sent a fragment or a masked frame");
            match header.opcode {
                OpCode::Data(Data::Text) => on_text(payload),
                OpCode::Control(Control::Ping) => {
                    pong = Some(frame(OpCode::Control(Control::Pong), Some([0; 4]), payload));
                }
                OpCode::Control(Control::Pong) => {}
                OpCode::Control(Control::Close) => bail!("the server closed: {}", reason(payload)),
                opcode => bail!("unexpected frame: {opcode}"),
            }
            left = after;
        }
        self.rest = left.to_vec();
        Ok(pong)
    }
}

/// A frame's header, its payload and the bytes after it.
type Split<'a> = (FrameHeader, &'a [u8], &'a [u8]);

/// Returns the first frame, if it is complete.
fn split_frame(bytes: &[u8]) -> Result<Option<Split<'_>>> {
    let mut cursor = Cursor::new(bytes);
    let Some((header, length)) = FrameHeader::parse(&mut cursor)? else {
        return Ok(None);
    };
    let after = &bytes[usize::try_from(cursor.position())?..];
    let payload = after.split_at_checked(usize::try_from(length)?);
    Ok(payload.map(|(payload, after)| (header, payload, after)))
}

/// Returns the code and the reason of a close frame.
fn reason(payload: &[u8]) -> String {
    match payload.split_first_chunk() {
        Some((code, reason)) => {
            let reason = String::from_utf8_lossy(reason);
            format!("{} {reason}", u16::from_be_bytes(*code))
        }
        None => "without a code".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_in_bytes_split_anywhere() {
        let text = |payload| frame(OpCode::Data(Data::Text), None, payload);
        let long = vec![b'x'; 300];
        let stream = [text(b"one"), text(&long)].concat();
        for cut in 0..stream.len() {
            let mut decoder = WebSocketDecoder::default();
            let mut found = Vec::new();
            for part in [&stream[..cut], &stream[cut..]] {
                let mut keep = |text: &[u8]| found.push(text.to_vec());
                decoder.feed(part, &mut keep).unwrap();
            }
            assert_eq!(found, [b"one".to_vec(), long.clone()], "cut at {cut}");
        }
    }

    #[test]
    fn ping_is_answered_with_its_payload() {
        let ping = frame(OpCode::Control(Control::Ping), None, b"hi");
        let pong = WebSocketDecoder::default().feed(&ping, &mut |_| {});
        let expected = vec![0x8A, 0x82, 0, 0, 0, 0, b'h', b'i'];
        assert_eq!(pong.unwrap(), Some(expected));
    }

    #[test]
    fn close_is_an_error_with_its_code() {
        let close = frame(OpCode::Control(Control::Close), None, b"\x0F\xA0bye");
        let error = WebSocketDecoder::default().feed(&close, &mut |_| {});
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "the server closed: 4000 bye");
    }
}

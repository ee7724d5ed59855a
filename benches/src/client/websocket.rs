//! As much of WebSocket (RFC 6455) as a client needs that reads text frames and answers pings.

use std::net::SocketAddr;

use anyhow::bail;

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
/// In the first byte: this frame ends its message.
const FINAL: u8 = 0x80;
/// In the second byte: the payload is masked. A mask of zeros, as all frames here have, leaves it as it is.
const MASKED: u8 = 0x80;
/// In place of a length: it follows in two bytes.
const TWO_BYTES: u8 = 0x7E;
/// In place of a length: it follows in eight bytes.
const EIGHT_BYTES: u8 = 0x7F;

/// The request that opens a WebSocket.
pub fn handshake(address: SocketAddr, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// A text message as a client sends it.
pub fn text_frame(text: &str) -> Vec<u8> {
    client_frame(TEXT, text.as_bytes())
}

fn client_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![FINAL | opcode];
    match u16::try_from(payload.len()) {
        Ok(length) if length < 126 => frame.push(MASKED | length.to_be_bytes()[1]),
        Ok(length) => {
            frame.push(MASKED | TWO_BYTES);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(MASKED | EIGHT_BYTES);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Finds frames in what a server sends.
#[derive(Default)]
pub struct WebSocketDecoder {
    /// The start of an incomplete frame.
    rest: Vec<u8>,
}

struct Frame<'a> {
    opcode: u8,
    payload: &'a [u8],
}

impl WebSocketDecoder {
    /// Takes bytes and calls `on_text` with every text message that they complete. Returns the frame
    /// to send if the server pinged.
    pub fn take(
        &mut self,
        bytes: &[u8],
        on_text: &mut impl FnMut(&[u8]),
    ) -> anyhow::Result<Option<Vec<u8>>> {
        let mut joined = std::mem::take(&mut self.rest);
        let mut left = if joined.is_empty() {
            bytes
        } else {
            joined.extend(bytes);
            &joined
        };
        let mut pong = None;
        while let Some((frame, after)) = split_frame(left)? {
            match frame.opcode {
                TEXT => on_text(frame.payload),
                PING => pong = Some(client_frame(PONG, frame.payload)),
                PONG => {}
                CLOSE => bail!("the server closed: {}", close_reason(frame.payload)),
                opcode => bail!("unexpected frame of kind {opcode}"),
            }
            left = after;
        }
        self.rest = left.to_vec();
        Ok(pong)
    }
}

/// The first frame and the rest, if the frame is complete.
fn split_frame(bytes: &[u8]) -> anyhow::Result<Option<(Frame<'_>, &[u8])>> {
    let [first, second, after @ ..] = bytes else {
        return Ok(None);
    };
    if first & FINAL == 0 || second & MASKED != 0 {
        bail!("the server sent a fragment or a masked frame");
    }
    let (length, after) = match second {
        &TWO_BYTES => match after.split_first_chunk() {
            Some((length, after)) => (usize::from(u16::from_be_bytes(*length)), after),
            None => return Ok(None),
        },
        &EIGHT_BYTES => match after.split_first_chunk() {
            Some((length, after)) => (usize::try_from(u64::from_be_bytes(*length))?, after),
            None => return Ok(None),
        },
        length => (usize::from(*length), after),
    };
    Ok(after.split_at_checked(length).map(|(payload, after)| {
        (
            Frame {
                opcode: first & 0x0F,
                payload,
            },
            after,
        )
    }))
}

fn close_reason(payload: &[u8]) -> String {
    match payload.split_first_chunk() {
        Some((code, reason)) => {
            format!(
                "{} {}",
                u16::from_be_bytes(*code),
                String::from_utf8_lossy(reason)
            )
        }
        None => "without a code".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{CLOSE, FINAL, PING, TEXT, WebSocketDecoder};

    fn server_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![FINAL | opcode];
        if payload.len() < 126 {
            frame.extend(u8::try_from(payload.len()));
        } else {
            frame.push(126);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        frame.extend(payload);
        frame
    }

    #[test]
    fn frames_are_found_however_the_bytes_are_cut() {
        let long = vec![b'x'; 300];
        let stream = [server_frame(TEXT, b"one"), server_frame(TEXT, &long)].concat();
        for cut in 0..stream.len() {
            let mut decoder = WebSocketDecoder::default();
            let mut found = Vec::new();
            for part in [&stream[..cut], &stream[cut..]] {
                decoder
                    .take(part, &mut |text| found.push(text.to_vec()))
                    .unwrap();
            }
            assert_eq!(found, [b"one".to_vec(), long.clone()], "cut at {cut}");
        }
    }

    #[test]
    fn a_ping_is_answered_with_its_payload() {
        let pong = WebSocketDecoder::default().take(&server_frame(PING, b"hi"), &mut |_| {});
        assert_eq!(
            pong.unwrap(),
            Some(vec![0x8A, 0x82, 0, 0, 0, 0, b'h', b'i'])
        );
    }

    #[test]
    fn a_close_is_an_error_with_its_code() {
        let error = WebSocketDecoder::default()
            .take(
                &server_frame(CLOSE, &[0x0F, 0xA0, b'b', b'y', b'e']),
                &mut |_| {},
            )
            .unwrap_err();
        assert_eq!(error.to_string(), "the server closed: 4000 bye");
    }
}

//! WebSocket frames as bytes, for tests that send malformed ones or none.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

const MASKED: u8 = 0x80;
/// In place of a short length: the length follows in 16 bits, or in 64.
const LENGTH_16: u8 = 0x7e;
const LENGTH_64: u8 = 0x7f;
const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// Returns the request for a WebSocket, with more headers.
pub fn upgrade_request(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: gateway.test\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// Returns a frame in the form that clients must send: masked. The first byte contains the opcode
/// and the flags.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, MASKED, payload.len());
    frame.extend(MASK);
    let masked = payload.iter().zip(MASK.iter().cycle());
    frame.extend(masked.map(|(byte, mask)| byte ^ mask));
    frame
}

/// Returns a frame in the form that clients must not send.
pub fn unmasked_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [head(first, 0, payload.len()), payload.to_vec()].concat()
}

fn head(first: u8, mask: u8, length: usize) -> Vec<u8> {
    let mut head = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => head.push(mask | short),
        (_, Ok(medium)) => {
            head.push(mask | LENGTH_16);
            head.extend(medium.to_be_bytes());
        }
        _ => {
            head.push(mask | LENGTH_64);
            head.extend((length as u64).to_be_bytes());
        }
    }
    head
}

/// Reads a frame of the gateway. Returns its first byte and its payload.
pub async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let first = stream.read_u8().await?;
    let length = match stream.read_u8().await? {
        LENGTH_16 => stream.read_u16().await?.into(),
        LENGTH_64 => stream.read_u64().await?,
        short => short.into(),
    };
    let mut payload = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    stream.read_exact(&mut payload).await?;
    Ok((first, payload))
}

/// Returns the code in the payload of a close frame.
pub fn close_code(payload: &[u8]) -> Option<u16> {
    let code = payload.get(..2)?;
    Some(u16::from_be_bytes([code[0], code[1]]))
}

//! A raw TCP client, for malformed or missing frames.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

pub struct RawSocket(pub TcpStream);

impl RawSocket {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// Opens a WebSocket, which answers nothing by itself.
    pub async fn upgrade(address: SocketAddr, path: &str) -> Self {
        let (raw, head) = Self::request_upgrade(address, path, "").await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        raw
    }

    /// Like [`Self::upgrade`], once the gateway accepts another connection.
    pub async fn upgrade_when_accepted(address: SocketAddr, path: &str) -> Self {
        loop {
            let (raw, head) = Self::request_upgrade(address, path, "").await;
            if head.starts_with("HTTP/1.1 101 ") {
                return raw;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Requests a WebSocket with more headers. Returns the head of the response.
    pub async fn request_upgrade(address: SocketAddr, path: &str, headers: &str) -> (Self, String) {
        let mut raw = Self::connect(address).await;
        let head = raw.request(&upgrade_request(path, headers)).await;
        (raw, head)
    }

    /// Sends a request and returns the head of the response.
    pub async fn request(&mut self, request: &str) -> String {
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.0.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8(head).unwrap()
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Returns the next frame's first byte and payload.
    pub async fn frame(&mut self) -> (u8, Vec<u8>) {
        let first = self.0.read_u8().await.unwrap();
        let length = match self.0.read_u8().await.unwrap() {
            126 => usize::from(self.0.read_u16().await.unwrap()),
            127 => usize::try_from(self.0.read_u64().await.unwrap()).unwrap(),
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.unwrap();
        (first, payload)
    }

    /// Returns the next frame, which must be text.
    pub async fn text(&mut self) -> String {
        let (first, payload) = self.frame().await;
        assert_eq!(first, 0x81);
        String::from_utf8(payload).unwrap()
    }

    /// Reads up to the close frame, and returns its code.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            let (first, payload) = self.frame().await;
            if first == 0x88 {
                return u16::from_be_bytes([payload[0], payload[1]]);
            }
        }
    }

    /// Waits until the gateway resets the connection, and reads nothing.
    pub async fn expect_reset(mut self) {
        let reset = async {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                // A masked ping without a payload.
                if self.0.write_all(&[0x89, 0x80, 0, 0, 0, 0]).await.is_err() {
                    return;
                }
            }
        };
        timeout(Duration::from_secs(10), reset)
            .await
            .expect("a reset in time");
    }

    /// Returns all bytes up to the end of the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = self.0.read_to_end(&mut rest).await;
        rest
    }
}

/// Returns the request for a WebSocket, with more headers.
pub fn upgrade_request(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: gateway.test\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// Returns a frame as a client must send it: masked, here with a key of zeros.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..0x1_0000 => {
            frame.push(0xfe);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0xff);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

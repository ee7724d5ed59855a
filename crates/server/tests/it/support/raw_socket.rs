//! A raw TCP client, for malformed or missing frames.

use std::{net::SocketAddr, time::Duration};

use fast_temporal_testkit::websocket::{self, frame, read_frame, upgrade_request};
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
        read_frame(&mut self.0).await.unwrap()
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
                return websocket::close_code(&payload).unwrap();
            }
        }
    }

    /// Waits until the gateway resets the connection, and reads nothing.
    pub async fn expect_reset(mut self) {
        let reset = async {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                if self.0.write_all(&frame(0x89, b"")).await.is_err() {
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

//! Limits on the size of requests.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
};

use crate::support::{Gateway, RawSocket};

/// Returns the status and the body of a response. The connection must close without a reset.
async fn read_response(mut from: OwnedReadHalf) -> (u16, Value) {
    let mut response = Vec::new();
    from.read_to_end(&mut response).await.expect("no reset");
    let response = String::from_utf8(response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

/// Sends a text `count` times, or until the gateway closes the connection.
async fn send(mut to: OwnedWriteHalf, text: &str, count: usize) {
    for _ in 0..count {
        if to.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

// Real time: with a paused clock, the body would time out.
// Covers LIM-8.
#[tokio::test]
async fn oversized_body_receives_413_with_and_without_content_length() {
    let gateway = Gateway::start().await;
    let kilobytes = format!("{}\r\n", "x".repeat(16 * 1024));
    let chunk = format!("4000\r\n{kilobytes}");
    for (header, text) in [
        ("Content-Length: 1048577", &kilobytes),
        ("Content-Length: 999999999999999", &kilobytes),
        ("Transfer-Encoding: chunked", &chunk),
    ] {
        let raw = RawSocket::connect(gateway.address).await;
        let (from, mut to) = raw.0.into_split();
        let head = format!(
            "POST /v1/workflows HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             {header}\r\n\r\n"
        );
        to.write_all(head.as_bytes()).await.unwrap();
        let ((status, body), ()) = tokio::join!(read_response(from), send(to, text, 256));
        assert_eq!(status, 413, "{header}");
        assert_eq!(body["error"]["code"], "too_large", "{header}");
    }
}

// Covers LIM-8.
#[tokio::test(start_paused = true)]
async fn request_head_over_the_limit_is_rejected() {
    let gateway = Gateway::start().await;
    let long = "x".repeat(20_000);
    for (head, expected) in [
        (format!("GET /healthz?{long} HTTP/1.1"), 414),
        (format!("GET /{long} HTTP/1.1"), 414),
        (format!("GET /healthz HTTP/1.1\r\nX-Long: {long}"), 431),
    ] {
        let raw = RawSocket::connect(gateway.address).await;
        let (from, mut to) = raw.0.into_split();
        let head = format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n");
        to.write_all(head.as_bytes()).await.unwrap();
        let (status, body) = read_response(from).await;
        assert_eq!(status, expected);
        assert_eq!(body["error"]["code"], "too_large");
    }
    // A much longer head is not read to its end.
    let mut raw = RawSocket::connect(gateway.address).await;
    let longer = long.repeat(10);
    let head = format!("GET /healthz HTTP/1.1\r\nX-Long: {longer}\r\n\r\n");
    assert!(raw.request(&head).await.starts_with("HTTP/1.1 431 "));
    // Cursors and tickets are much shorter.
    let query = "x".repeat(8000);
    assert_eq!(gateway.get(&format!("/healthz?{query}")).await.status, 200);
    gateway.seed("ada").await.expect_served().await;
}

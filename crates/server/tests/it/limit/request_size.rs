//! Limits on the size of requests.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
};

use crate::support::{Gateway, Raw, json};

/// The status and the error of a response after which the connection closes without a reset.
async fn answer(mut from: OwnedReadHalf) -> (u16, Value) {
    let mut answer = Vec::new();
    from.read_to_end(&mut answer).await.expect("no reset");
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

/// Sends that text `count` times, or until the gateway stops reading.
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
        let raw = Raw::connect(gateway.address).await;
        let (from, mut to) = raw.0.into_split();
        let head = format!(
            "POST /v1/workflows HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             {header}\r\n\r\n"
        );
        to.write_all(head.as_bytes()).await.unwrap();
        let ((status, body), ()) = tokio::join!(answer(from), send(to, text, 256));
        assert_eq!(status, 413, "{header}");
        assert_eq!(body["error"]["code"], "too_large", "{header}");
    }
}

// Covers LIM-8.
#[tokio::test(start_paused = true)]
async fn request_head_over_the_limit_is_rejected() {
    let gateway = Gateway::start().await;
    let long = "x".repeat(20_000);
    for (head, status) in [
        (format!("GET /healthz?{long} HTTP/1.1"), 414),
        (format!("GET /{long} HTTP/1.1"), 414),
        (format!("GET /healthz HTTP/1.1\r\nX-Long: {long}"), 431),
    ] {
        let raw = Raw::connect(gateway.address).await;
        let (from, mut to) = raw.0.into_split();
        let head = format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n");
        to.write_all(head.as_bytes()).await.unwrap();
        let answer = answer(from).await;
        assert_eq!(answer.0, status);
        assert_eq!(answer.1["error"]["code"], "too_large");
    }
    // A much longer head is not read to its end.
    let mut raw = Raw::connect(gateway.address).await;
    let longer = long.repeat(10);
    let head = format!("GET /healthz HTTP/1.1\r\nX-Long: {longer}\r\n\r\n");
    assert!(raw.request(&head).await.starts_with("HTTP/1.1 431 "));
    // Cursors and tickets are much shorter.
    let query = "x".repeat(8000);
    let short = gateway.get(&format!("/healthz?{query}")).await;
    assert_eq!(json(short).await.0, 200);
}

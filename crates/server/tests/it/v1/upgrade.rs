//! The upgrade of a `v1` connection.

use axum::http::HeaderValue;
use fast_temporal_server::AllowedOrigins;
use serde_json::json;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest as _, http::Response};

use crate::support::{Gateway, Raw, V1, config, json, upgrade_request};

/// Connects with a header. Returns the rejection, if any.
async fn connect(
    gateway: &Gateway,
    name: &'static str,
    value: &str,
) -> Result<V1, Response<Option<Vec<u8>>>> {
    let mut request = format!("ws://{}/v1/ws", gateway.address)
        .into_client_request()
        .unwrap();
    let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
    request.headers_mut().insert(name, value);
    V1::connect_to(request).await.map_err(|error| match error {
        tungstenite::Error::Http(response) => *response,
        other => panic!("{other}"),
    })
}

fn code(refusal: &Response<Option<Vec<u8>>>) -> String {
    let body: serde_json::Value = serde_json::from_slice(refusal.body().as_ref().unwrap()).unwrap();
    body["error"]["code"].as_str().unwrap().to_owned()
}

// Covers WS-1.
#[tokio::test(start_paused = true)]
async fn offered_subprotocol_is_selected() {
    let gateway = Gateway::start().await;
    for (offered, chosen) in [
        ("", None),
        (
            "Sec-WebSocket-Protocol: fast-temporal.v1\r\n",
            Some("fast-temporal.v1"),
        ),
        (
            "Sec-WebSocket-Protocol: chat, fast-temporal.v1\r\n",
            Some("fast-temporal.v1"),
        ),
        (
            "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: fast-temporal.v1,x\r\n",
            Some("fast-temporal.v1"),
        ),
    ] {
        let mut raw = Raw::connect(gateway.address).await;
        let head = raw.request(&upgrade_request("/v1/ws", offered)).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let header = head
            .lines()
            .find_map(|line| line.strip_prefix("sec-websocket-protocol: "));
        assert_eq!(header, chosen, "{offered}");
    }
}

// Covers WS-30.
#[tokio::test(start_paused = true)]
async fn unsupported_subprotocols_are_rejected() {
    let gateway = Gateway::start().await;
    for offered in ["chat", "fast-temporal.v2, chat", "Fast-Temporal.V1", ","] {
        let refusal = connect(&gateway, "sec-websocket-protocol", offered).await;
        let refusal = refusal.err().expect(offered);
        assert_eq!(refusal.status(), 400, "{offered}");
        assert_eq!(code(&refusal), "invalid_request", "{offered}");
    }
}

// Covers WS-2.
#[tokio::test(start_paused = true)]
async fn v1_rejects_pages_of_other_origins() {
    let mut config = config();
    config.origins = AllowedOrigins::List(vec!["https://app.example.com".to_owned()]);
    let gateway = Gateway::start_with(config).await;
    let mut own = connect(&gateway, "origin", "https://app.example.com")
        .await
        .unwrap();
    own.call("ping", json!({})).await;
    let refusal = connect(&gateway, "origin", "https://evil.example.com").await;
    let refusal = refusal.err().expect("a foreign page");
    assert_eq!(refusal.status(), 403);
    assert_eq!(code(&refusal), "origin_not_allowed");
    V1::connect(&gateway).await;
}

#[tokio::test(start_paused = true)]
async fn v1_requires_an_upgrade() {
    let gateway = Gateway::start().await;
    let (status, body) = json(gateway.get("/v1/ws").await).await;
    assert_eq!(status, 426);
    assert_eq!(body["error"]["code"], "invalid_request");
}

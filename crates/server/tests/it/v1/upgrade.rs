//! The subprotocol of a `v1` connection.

use crate::support::{Gateway, RawSocket};

// Covers WS-1.
#[tokio::test(start_paused = true)]
async fn offered_subprotocol_is_selected() {
    let gateway = Gateway::start().await;
    for (offered, expected) in [
        (&[][..], None),
        (&["fast-temporal.v1"], Some("fast-temporal.v1")),
        (&["chat, fast-temporal.v1"], Some("fast-temporal.v1")),
        (&["chat", "fast-temporal.v1,x"], Some("fast-temporal.v1")),
    ] {
        let header = |offered: &&str| format!("Sec-WebSocket-Protocol: {offered}\r\n");
        let headers: String = offered.iter().map(header).collect();
        let (_, head) = RawSocket::request_upgrade(gateway.address, "/v1/ws", &headers).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let mut lines = head.lines();
        let selected = lines.find_map(|line| line.strip_prefix("sec-websocket-protocol: "));
        assert_eq!(selected, expected, "{headers}");
    }
}

// Covers WS-30.
#[tokio::test(start_paused = true)]
async fn unsupported_subprotocols_are_rejected() {
    let gateway = Gateway::start().await;
    for offered in ["chat", "fast-temporal.v2, chat", "Fast-Temporal.V1", ","] {
        let client = gateway.anonymous().with("sec-websocket-protocol", offered);
        let rejected = client.v1().await.expect_err(offered);
        assert_eq!(rejected.error(), (400, "invalid_request"), "{offered}");
    }
}

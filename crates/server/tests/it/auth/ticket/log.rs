//! Credentials are never logged.

use serde_json::json;
use tracing::Level;

use super::{events_uri, get_with, ticket};
use crate::support::{
    CapturedLog, Gateway, RawSocket,
    token::{self, workflow_of},
};

// Covers AUTH-3.
#[tokio::test(start_paused = true)]
async fn tickets_and_tokens_are_never_logged() {
    let (log, _guard) = CapturedLog::start(Level::TRACE);
    let gateway = Gateway::with_tokens().await;
    let valid = token::of("ada");
    let invalid = format!("{}x", token::rs256(&token::claims("ada")));
    let key = format!("ft_backend_{}", "s".repeat(52));
    let ticket = ticket(&gateway, &valid, json!({})).await;
    let events = events_uri(&workflow_of("ada"));
    for token in [&valid, &invalid, &key, &ticket] {
        gateway.bearer(token).get(&events).await;
        get_with(&gateway, token).await;
    }
    for (path, expected) in [
        (format!("/ws/ada?ticket={ticket}"), "HTTP/1.1 101 "),
        (format!("/v1/ws?ticket={ticket}"), "HTTP/1.1 101 "),
        (format!("/ws/ada?ticket={ticket}x"), "HTTP/1.1 401 "),
        (format!("/nowhere?ticket={ticket}"), "HTTP/1.1 "),
    ] {
        let (_, head) = RawSocket::request_upgrade(gateway.address, &path, "").await;
        assert!(head.starts_with(expected), "{head}");
    }
    let text = log.text();
    // The log has lines about these requests.
    for expected in ["rejected credentials", "accepted credentials", "/ws/ada"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    for token in [&valid, &invalid, &key, &ticket] {
        for part in token.split(['.', '_']).filter(|part| part.len() > 20) {
            assert!(!text.contains(part), "{part}");
        }
    }
}

//! No credentials are ever logged.

use axum::{body::Body, http::Request};
use serde_json::json;
use tracing::Level;

use super::events_uri;
use super::start_with;
use super::ticket;
use crate::{
    auth::transport::workflow_of_ada,
    support::{Log, Raw, token, upgrade_request},
};

// Covers AUTH-3.
#[tokio::test(start_paused = true)]
async fn tickets_and_tokens_are_never_logged() {
    let log = Log::default();
    let _taken = log.take(Level::TRACE);
    let gateway = start_with(token::config()).await;
    let good = token::of("ada");
    let bad = format!("{}x", token::rs256(&token::claims("ada")));
    let key = format!("ft_backend_{}", "s".repeat(52));
    let ticket = ticket(&gateway, &good, json!({})).await;
    let bad_ticket = format!("{ticket}x");
    let events = events_uri(&workflow_of_ada());
    for token in [&good, &bad, &key, &ticket] {
        let request = Request::get(&events)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        gateway.request(request).await;
        gateway.get(&format!("{events}&ticket={token}")).await;
    }
    for (path, head) in [
        (format!("/ws/ada?ticket={ticket}"), "HTTP/1.1 101 "),
        (format!("/v1/ws?ticket={ticket}"), "HTTP/1.1 101 "),
        (format!("/ws/ada?ticket={bad_ticket}"), "HTTP/1.1 401 "),
        (format!("/nowhere?ticket={ticket}"), "HTTP/1.1 "),
    ] {
        let mut raw = Raw::connect(gateway.address).await;
        let answer = raw.request(&upgrade_request(&path, "")).await;
        assert!(answer.starts_with(head), "{answer}");
    }
    let text = log.text();
    // It was there to be looked at.
    for word in ["rejected credentials", "accepted credentials", "/ws/ada"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    for token in [&good, &bad, &key, &ticket] {
        for part in token.split(['.', '_']).filter(|part| part.len() > 20) {
            assert!(!text.contains(part), "{part}");
        }
    }
}

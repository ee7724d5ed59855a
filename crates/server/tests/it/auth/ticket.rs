//! Scope, transports and lifetime of tickets.

mod log;
mod scope;

use std::time::Duration;

use fast_temporal_core::Permissions;
use fast_temporal_server::{JwtKey, Secret};
use serde_json::{Value, json};

use super::transport::{Transport, rejected};
use crate::support::{
    Gateway, Reply, Setup, Timer, path_of,
    token::{self, claims, claims_with, seconds_from_now, workflow_of},
};

/// Requests a ticket.
async fn request_ticket(gateway: &Gateway, token: &str, request: Value) -> Reply {
    gateway.bearer(token).post("/v1/tickets", request).await
}

/// Returns an issued ticket.
async fn ticket(gateway: &Gateway, token: &str, request: Value) -> String {
    let reply = request_ticket(gateway, token, request).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.text("ticket")
}

fn events_uri(workflow_id: &str) -> String {
    path_of(workflow_id, "/events?wait=0")
}

/// Requests the events of ada's workflow with a ticket in the URL.
async fn get_with(gateway: &Gateway, ticket: &str) -> Reply {
    let client = gateway.anonymous().with_ticket(ticket);
    client.get(&events_uri(&workflow_of("ada"))).await
}

// Covers AUTH-23.
#[tokio::test(start_paused = true)]
async fn ticket_in_the_url_opens_what_its_owner_can_open() {
    let gateway = Gateway::with_tokens().await;
    let ticket = ticket(&gateway, &token::of("ada"), json!({})).await;
    let is_url_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    assert!(ticket.bytes().all(is_url_safe));
    assert_eq!(get_with(&gateway, &ticket).await.status, 200);
    let client = gateway.anonymous().with_ticket(&ticket);
    client.seed("ada").await.unwrap().start(json!({})).await;
    gateway.engine.started(1).await;
    // A ticket is also valid in the header and in an `auth` request.
    for transport in Transport::all() {
        let expected = match transport {
            Transport::Ticket => rejected(403, "forbidden"),
            _ => Ok(()),
        };
        let outcome = transport.attempt(&gateway, Some(&ticket)).await;
        assert_eq!(outcome, expected, "{transport:?}");
    }
}

// Covers AUTH-12.
#[tokio::test(start_paused = true)]
async fn urls_accept_only_tickets() {
    let gateway =
        Gateway::with_tokens_and(|setup| setup.api_key("backend", None, Permissions::all()));
    let gateway = gateway.await;
    let key = gateway.key("backend").to_owned();
    let ticket = ticket(&gateway, &key, json!({})).await;
    let (_, jwt) = ticket.split_once('_').unwrap();
    for token in [
        token::of("ada"),
        key,
        jwt.to_owned(),
        format!("ftt_{}", token::of("ada")),
        format!("ftt_{ticket}"),
        format!("{ticket}x"),
        "ftt_".to_owned(),
        String::new(),
        // Two tickets are ambiguous.
        format!("{ticket}&ticket={ticket}"),
    ] {
        let reply = get_with(&gateway, &token).await;
        assert_eq!(reply.error(), (401, "unauthenticated"), "{token}");
        let client = gateway.anonymous().with_ticket(&token);
        let reply = client.v1().await.expect_err("no upgrade");
        assert_eq!(reply.error(), (401, "unauthenticated"), "{token}");
    }
}

#[tokio::test(start_paused = true)]
async fn tickets_and_user_tokens_are_not_interchangeable() {
    // The worst case: both are signed with the same secret.
    let gateway = Gateway::with_tokens_and(|setup| {
        setup.credentials().tickets.keys = vec![Secret::new(token::SECRET).unwrap()];
    });
    let gateway = gateway.await;
    let ticket = ticket(&gateway, &token::of("ada"), json!({})).await;
    assert_eq!(get_with(&gateway, &ticket).await.status, 200);
    let (_, as_jwt) = ticket.split_once('_').unwrap();
    let header = json!({"alg": "HS256", "typ": "fast-temporal-ticket"});
    let permissions = json!({"verbs": "all", "own_workflows": true});
    let forged = json!({"end": seconds_from_now(3600), "permissions": permissions});
    let forged = claims_with("ada", forged);
    let forged = token::signed(&header, &forged, token::hmac_sha256(token::SECRET));
    for token in [
        as_jwt.to_owned(),
        forged.clone(),
        format!("ftt_{forged}"),
        format!("ftt_{}", token::of("ada")),
    ] {
        let outcome = Transport::LongPoll.attempt(&gateway, Some(&token)).await;
        assert_eq!(outcome, rejected(401, "unauthenticated"));
    }
}

// Covers AUTH-15.
#[tokio::test(start_paused = true)]
async fn nodes_with_the_same_settings_accept_each_others_tickets() {
    let one = Gateway::with_tokens().await;
    let ticket_of_one = ticket(&one, &token::of("ada"), json!({})).await;
    let node_with = async |keys: &[JwtKey]| {
        let change = |setup: &mut Setup| {
            setup.credentials().jwt.as_mut().unwrap().keys = keys.to_vec();
        };
        one.another_node_with(change).await
    };
    let same = one.another_node().await;
    // During a rotation, the new secret is first, and the old one remains valid.
    let new = JwtKey::from_secret(b"a new secret, which has more than 32 bytes, too").unwrap();
    let mut keys = token::jwt_config().keys;
    keys.insert(0, new);
    let rotating = node_with(&keys).await;
    // Another secret, or no secret to share.
    keys.remove(1);
    let other_secret = node_with(&keys).await;
    keys.remove(0);
    let public_keys = node_with(&keys).await;
    for (node, status) in [
        (&same, 200),
        (&rotating, 200),
        (&other_secret, 401),
        (&public_keys, 401),
    ] {
        assert_eq!(get_with(node, &ticket_of_one).await.status, status);
    }
    let ticket = ticket(&public_keys, &token::rs256(&claims("ada")), json!({})).await;
    assert_eq!(get_with(&public_keys, &ticket).await.status, 200);
    assert_eq!(get_with(&node_with(&keys).await, &ticket).await.status, 401);
}

// Covers AUTH-14.
#[tokio::test(start_paused = true)]
async fn ticket_expires_as_requested_or_with_its_owners_credentials() {
    let gateway = Gateway::with_tokens().await;
    for (request, expires, expected) in [
        (json!({}), 3600, 60),
        (json!({"expires_in_seconds": 300}), 3600, 300),
        (json!({"expires_in_seconds": 1}), 3600, 1),
        (json!({}), 20, 20),
        // A token within the leeway lasts until the leeway ends.
        (json!({}), -10, 20),
    ] {
        let reply = request_ticket(&gateway, &token::expires_in(expires), request).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let end: jiff::Timestamp = reply.text("expires_at").parse().unwrap();
        let left = end.as_second() - seconds_from_now(0);
        assert!((expected - 15..=expected).contains(&left), "{left}");
    }
    for wrong in [json!(0), json!(301), json!(-1), json!("60"), json!(1.5)] {
        let request = json!({"expires_in_seconds": wrong});
        let reply = request_ticket(&gateway, &token::of("ada"), request).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{wrong}");
    }
}

// Covers AUTH-26.
#[tokio::test(start_paused = true)]
async fn connection_by_a_ticket_lasts_as_long_as_its_owners_credentials_or_the_limit() {
    let gateway = Gateway::with_tokens_and(|setup| {
        setup.api_key("backend", None, Permissions::all());
        setup.credentials().tickets.max_connection_duration = Duration::from_mins(15);
    });
    let gateway = gateway.await;
    let permanent = gateway.key("backend").to_owned();
    for (token, request, silent, closed) in [
        (token::expires_in(600), json!({}), 500, 560.0..601.0),
        (permanent, json!({"subject": "ada"}), 0, 870.0..901.0),
    ] {
        let ticket = ticket(&gateway, &token, request).await;
        let client = gateway.anonymous().with_ticket(&ticket);
        let mut client = client.seed("ada").await.unwrap();
        let timer = Timer::start();
        client.expect_silence(Duration::from_secs(silent)).await;
        assert_eq!(client.error().await, "token_expired");
        assert_eq!(client.close_code().await, 4003);
        timer.expect(closed);
    }
}

#[tokio::test(start_paused = true)]
async fn without_auth_tickets_are_still_issued() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow(&workflow_of("ada"));
    let reply = gateway.anonymous().post("/v1/tickets", json!({})).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let ticket = reply.text("ticket");
    assert_eq!(get_with(&gateway, &ticket).await.status, 200);
    let client = gateway.anonymous().with_ticket(&ticket);
    client.seed("ada").await.unwrap();
}

//! Scope, transports and lifetime of tickets.

mod log;
mod scope;

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, Response},
};
use fast_temporal_core::Permissions;
use fast_temporal_protocol::path;
use fast_temporal_server::{ApiKey, AppConfig, CredentialsConfig, JwtConfig, JwtKey, Secret};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;

use super::transport::Transport;
use super::transport::refusal;
use super::transport::workflow_of_ada;
use crate::support::{
    Client, Gateway, json, token, token::but, token::claims, token::hs256, token::seconds_from_now,
};

/// Requests a ticket.
async fn ask(gateway: &Gateway, token: &str, request: Value) -> (u16, Value) {
    let request = Request::post("/v1/tickets")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from(request.to_string()))
        .unwrap();
    json(gateway.request(request).await).await
}

/// Returns an issued ticket.
async fn ticket(gateway: &Gateway, token: &str, request: Value) -> String {
    let (status, answer) = ask(gateway, token, request).await;
    assert_eq!(status, 201, "{answer}");
    answer["ticket"].as_str().unwrap().to_owned()
}

fn events_uri(workflow_id: &str) -> String {
    let id = path::encode_workflow_id(workflow_id).into_owned();
    format!("/v1/workflows/{id}/events?wait=0")
}

async fn get_with(gateway: &Gateway, ticket: &str) -> Response<Body> {
    let uri = events_uri(&workflow_of_ada());
    gateway.get(&format!("{uri}&ticket={ticket}")).await
}

/// Returns the status and code of a rejection.
async fn refused(response: Response<Body>) -> (u16, String) {
    let (status, body) = json(response).await;
    let code = body["error"]["code"].as_str().unwrap_or_default();
    (status, code.to_owned())
}

async fn connect(gateway: &Gateway, user: &str, ticket: &str) -> Client {
    let uri = format!("ws://{}/ws/{user}?ticket={ticket}", gateway.address);
    Client::connect(uri).await.unwrap()
}

async fn start_with(config: AppConfig) -> Gateway {
    let gateway = Gateway::start_with(config).await;
    // A worker has started it, so no `Waiting` frame is sent.
    gateway.engine.workflow(&workflow_of_ada()).start_task();
    gateway
}

// Covers AUTH-23.
#[tokio::test(start_paused = true)]
async fn ticket_in_the_url_opens_what_its_owner_can_open() {
    let gateway = start_with(token::config()).await;
    let ticket = ticket(&gateway, &token::of("ada"), json!({})).await;
    assert!(
        ticket
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    );
    assert_eq!(get_with(&gateway, &ticket).await.status(), 200);
    let mut client = connect(&gateway, "ada", &ticket).await;
    client.start(json!({})).await;
    gateway.engine.started(1).await;
    // In the header, and as a message, too.
    for transport in Transport::all() {
        let expected = match transport {
            Transport::Ticket => Err((Some(403), "forbidden".to_owned())),
            _ => Ok(()),
        };
        let outcome = transport.attempt(&gateway, Some(&ticket)).await;
        assert_eq!(outcome, expected, "{transport:?}");
    }
}

// Covers AUTH-12.
#[tokio::test(start_paused = true)]
async fn urls_accept_only_tickets() {
    let made = ApiKey::generate("backend").unwrap();
    let key = ApiKey::new("backend", &made.secret_sha256, Permissions::all()).unwrap();
    let gateway = start_with(token::config_with(vec![key])).await;
    let ticket = ticket(&gateway, &made.text, json!({})).await;
    let (_, jwt) = ticket.split_once('_').unwrap();
    for token in [
        token::of("ada"),
        made.text,
        jwt.to_owned(),
        format!("ftt_{}", token::of("ada")),
        format!("ftt_{ticket}"),
        format!("{ticket}x"),
        "ftt_".to_owned(),
        String::new(),
    ] {
        let response = get_with(&gateway, &token).await;
        let expected = (401, "unauthenticated".to_owned());
        assert_eq!(refused(response).await, expected, "{token}");
        let uri = format!("ws://{}/v1/ws?ticket={token}", gateway.address);
        let error = Client::connect(uri).await.err().expect("no upgrade");
        let expected = (Some(401), "unauthenticated".to_owned());
        assert_eq!(refusal(error), expected, "{token}");
    }
    // Twice is not clear.
    let twice = format!("{ticket}&ticket={ticket}");
    assert_eq!(get_with(&gateway, &twice).await.status(), 401);
}

#[tokio::test(start_paused = true)]
async fn tickets_and_user_tokens_are_not_interchangeable() {
    // The worst case: the same secret is given for both.
    let credentials = CredentialsConfig {
        jwt: Some(token::jwt_config()),
        tickets: fast_temporal_server::TicketConfig {
            keys: vec![Secret::new(token::SECRET).unwrap()],
            ..Default::default()
        },
        ..CredentialsConfig::default()
    };
    let gateway = start_with(token::with_auth(credentials)).await;
    let ticket = ticket(&gateway, &token::of("ada"), json!({})).await;
    assert_eq!(get_with(&gateway, &ticket).await.status(), 200);
    let (_, as_jwt) = ticket.split_once('_').unwrap();
    let header = json!({"alg": "HS256", "typ": "fast-temporal-ticket"});
    let forged = but(
        claims("ada"),
        json!({"end": seconds_from_now(3600), "permissions": {"verbs": "all", "own_workflows": true}}),
    );
    let forged = token::token(&header, &forged, token::hmac_sha256(token::SECRET));
    for token in [
        as_jwt.to_owned(),
        forged.clone(),
        format!("ftt_{forged}"),
        format!("ftt_{}", token::of("ada")),
    ] {
        let outcome = Transport::Answer.attempt(&gateway, Some(&token)).await;
        assert_eq!(outcome, Err((Some(401), "unauthenticated".to_owned())));
    }
}

// Covers AUTH-15.
#[tokio::test(start_paused = true)]
async fn nodes_with_the_same_settings_accept_each_others_tickets() {
    let one = start_with(token::config()).await;
    let ticket_of_one = ticket(&one, &token::of("ada"), json!({})).await;
    let two = Gateway::start_on(one.engine.clone(), token::config()).await;
    assert_eq!(get_with(&two, &ticket_of_one).await.status(), 200);
    // A new secret was put before the old one: both count.
    let new = JwtKey::from_secret(b"a new secret, which has more than 32 bytes, too").unwrap();
    let mut keys = token::jwt_config().keys;
    keys.insert(0, new);
    let with_keys = |keys: Vec<JwtKey>| {
        let jwt = JwtConfig {
            keys,
            ..token::jwt_config()
        };
        token::with_auth(CredentialsConfig {
            jwt: Some(jwt),
            ..CredentialsConfig::default()
        })
    };
    let three = Gateway::start_on(one.engine.clone(), with_keys(keys.clone())).await;
    assert_eq!(get_with(&three, &ticket_of_one).await.status(), 200);
    // Another secret, or none that could be shared.
    keys.remove(1);
    let other = Gateway::start_on(one.engine.clone(), with_keys(keys.clone())).await;
    assert_eq!(get_with(&other, &ticket_of_one).await.status(), 401);
    keys.remove(0);
    let alone = Gateway::start_on(one.engine.clone(), with_keys(keys.clone())).await;
    let lonely = Gateway::start_on(one.engine.clone(), with_keys(keys)).await;
    let ticket = ticket(&alone, &token::rs256(&claims("ada")), json!({})).await;
    assert_eq!(get_with(&alone, &ticket).await.status(), 200);
    assert_eq!(get_with(&lonely, &ticket).await.status(), 401);
}

// Covers AUTH-14.
#[tokio::test(start_paused = true)]
async fn ticket_expires_as_requested_or_with_its_owners_credentials() {
    let gateway = start_with(token::config()).await;
    for (request, exp, expected) in [
        (json!({}), 3600, 60),
        (json!({"expires_in_seconds": 300}), 3600, 300),
        (json!({"expires_in_seconds": 1}), 3600, 1),
        (json!({}), 20, 20),
        // Within the leeway: as long as it would be taken.
        (json!({}), -10, 20),
    ] {
        let token = hs256(&but(claims("ada"), json!({"exp": seconds_from_now(exp)})));
        let (status, answer) = ask(&gateway, &token, request).await;
        assert_eq!(status, 201, "{answer}");
        let end: jiff::Timestamp = answer["expires_at"].as_str().unwrap().parse().unwrap();
        let left = end.as_second() - seconds_from_now(0);
        assert!((expected - 15..=expected).contains(&left), "{left}");
    }
    for wrong in [json!(0), json!(301), json!(-1), json!("60"), json!(1.5)] {
        let request = json!({"expires_in_seconds": wrong});
        let (status, answer) = ask(&gateway, &token::of("ada"), request).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!("invalid_field"))
        );
    }
}

// Covers AUTH-26.
#[tokio::test(start_paused = true)]
async fn connection_outlives_its_ticket_but_not_its_owners_credentials() {
    let gateway = start_with(token::config()).await;
    let token = hs256(&but(claims("ada"), json!({"exp": seconds_from_now(600)})));
    let ticket = ticket(&gateway, &token, json!({})).await;
    let mut client = connect(&gateway, "ada", &ticket).await;
    let began = Instant::now();
    client.expect_silence(Duration::from_secs(500)).await;
    assert_eq!(client.error().await, "token_expired");
    assert_eq!(client.closed().await, 4003);
    let passed = began.elapsed().as_secs();
    assert!((560..=600).contains(&passed), "{passed}");
}

// Covers AUTH-26.
#[tokio::test(start_paused = true)]
async fn connection_by_a_ticket_of_a_permanent_key_is_limited() {
    let made = ApiKey::generate("backend").unwrap();
    let key = ApiKey::new("backend", &made.secret_sha256, Permissions::all()).unwrap();
    let credentials = CredentialsConfig {
        api_keys: vec![key],
        tickets: fast_temporal_server::TicketConfig {
            max_connection_duration: Duration::from_mins(15),
            ..Default::default()
        },
        ..CredentialsConfig::default()
    };
    let gateway = start_with(token::with_auth(credentials)).await;
    let ticket = ticket(&gateway, &made.text, json!({"subject": "ada"})).await;
    let mut client = connect(&gateway, "ada", &ticket).await;
    let began = Instant::now();
    assert_eq!(client.error().await, "token_expired");
    assert_eq!(client.closed().await, 4003);
    let passed = began.elapsed().as_secs();
    assert!((870..=900).contains(&passed), "{passed}");
}

#[tokio::test(start_paused = true)]
async fn without_auth_tickets_are_still_issued() {
    let gateway = Gateway::start().await;
    gateway.engine.workflow(&workflow_of_ada());
    let request = Request::post("/v1/tickets").body(Body::empty()).unwrap();
    let (status, answer) = json(gateway.request(request).await).await;
    assert_eq!(status, 201, "{answer}");
    let ticket = answer["ticket"].as_str().unwrap();
    assert_eq!(get_with(&gateway, ticket).await.status(), 200);
    let builder = ClientRequestBuilder::new(
        format!("ws://{}/ws/ada?ticket={ticket}", gateway.address)
            .parse()
            .unwrap(),
    );
    Client::connect(builder).await.unwrap();
}

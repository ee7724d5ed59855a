//! Connections whose credentials end.

use std::time::Duration;

use axum::{body::Body, http::Request};
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;

use super::transport::workflow_of_ada;
use crate::support::{
    Client, Gateway, json, token, token::but, token::claims, token::hs256, token::seconds_from_now,
};

fn ends_in(seconds: i64) -> String {
    let end = json!({"exp": seconds_from_now(seconds)});
    hs256(&but(claims("ada"), end))
}

async fn connect(gateway: &Gateway, token: &str) -> Client {
    let uri = format!("ws://{}/ws/ada", gateway.address).parse().unwrap();
    let request = ClientRequestBuilder::new(uri);
    let request = request.with_header("authorization", format!("Bearer {token}"));
    Client::connect(request).await.unwrap()
}

async fn get(gateway: &Gateway, query: &str, token: &str) -> axum::http::Response<Body> {
    get_at(gateway, &format!("/events{query}"), token).await
}

async fn get_at(gateway: &Gateway, rest: &str, token: &str) -> axum::http::Response<Body> {
    gateway.engine.workflow(&workflow_of_ada());
    let id = fast_temporal_protocol::path::encode_workflow_id(&workflow_of_ada()).into_owned();
    let request = Request::get(format!("/v1/workflows/{id}{rest}"))
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    gateway.request(request).await
}

/// Between these seconds after `began`: real time passes, too, and tokens know whole seconds only.
fn assert_passed(began: Instant, from: f64, to: f64) {
    let passed = began.elapsed().as_secs_f64();
    assert!((from..=to).contains(&passed), "{passed}");
}

// Covers AUTH-17, AUTH-27.
#[tokio::test(start_paused = true)]
async fn seed_connection_is_warned_and_closed_when_its_token_expires() {
    let gateway = Gateway::start_with(token::config()).await;
    let mut client = connect(&gateway, &ends_in(300)).await;
    let began = Instant::now();
    assert_eq!(client.error().await, "token_expired");
    assert_passed(began, 240.0, 270.0);
    // Until then it is good for anything.
    client.start(json!({})).await;
    gateway.started(1).await.start_task();
    assert_eq!(client.closed().await, 4003);
    assert_passed(began, 270.0, 300.0);
}

// Covers AUTH-17.
#[tokio::test(start_paused = true)]
async fn token_that_expires_soon_is_warned_about_immediately() {
    let gateway = Gateway::start_with(token::config()).await;
    let mut client = connect(&gateway, &ends_in(10)).await;
    let began = Instant::now();
    assert_eq!(client.error().await, "token_expired");
    assert_passed(began, 0.0, 1.0);
    assert_eq!(client.closed().await, 4003);
    assert_passed(began, 0.0, 10.0);
}

// Covers AUTH-16.
#[tokio::test(start_paused = true)]
async fn token_within_the_leeway_lasts_until_the_leeway_ends() {
    let gateway = Gateway::start_with(token::config()).await;
    let mut client = connect(&gateway, &ends_in(-10)).await;
    let began = Instant::now();
    assert_eq!(client.error().await, "token_expired");
    assert_eq!(client.closed().await, 4003);
    assert_passed(began, 5.0, 20.0);
}

#[tokio::test(start_paused = true)]
async fn token_with_a_distant_expiry_ends_no_connection() {
    let gateway = Gateway::start_with(token::config()).await;
    let forever = hs256(&but(claims("ada"), json!({"exp": 1e18})));
    let mut client = connect(&gateway, &forever).await;
    client.expect_silence(Duration::from_secs(100_000)).await;
}

// Covers AUTH-17, AUTH-27.
#[tokio::test(start_paused = true)]
async fn event_stream_is_warned_and_ended_when_its_token_expires() {
    let gateway = Gateway::start_with(token::config()).await;
    let response = get(&gateway, "", &ends_in(300)).await;
    let began = Instant::now();
    let mut body = response.into_body();
    let mut warned_at = None;
    let mut last = String::new();
    while let Some(frame) = body.frame().await {
        last = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        if last.starts_with("event: credentials_expiring\ndata: {\"expires_at\":\"") {
            warned_at = Some(Instant::now());
        }
    }
    assert!(last.starts_with("event: subscription_failed\n"), "{last}");
    assert!(last.contains("\"token_expired\""), "{last}");
    assert_passed(began, 270.0, 300.0);
    let warned_after = warned_at.expect("a warning") - began;
    assert!((240.0..=270.0).contains(&warned_after.as_secs_f64()));
}

// Covers AUTH-27.
#[tokio::test(start_paused = true)]
async fn long_poll_ends_when_its_token_expires() {
    let gateway = Gateway::start_with(token::config()).await;
    let first = json(get(&gateway, "", &ends_in(300)).await);
    // A stream has no end that could be waited for.
    assert!(timeout(Duration::from_secs(1), first).await.is_err());
    let (_, first) = json(get(&gateway, "?wait=0", &ends_in(300)).await).await;
    let cursor = first["cursor"].as_str().unwrap().to_owned();
    let began = Instant::now();
    let query = format!("?wait=30&after={cursor}");
    let (status, answer) = json(get(&gateway, &query, &ends_in(20)).await).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["events"], json!([]));
    assert_eq!(answer["cursor"], json!(cursor));
    assert_passed(began, 5.0, 20.0);
}

// Covers AUTH-27.
#[tokio::test(start_paused = true)]
async fn result_wait_ends_when_its_token_expires() {
    let gateway = Gateway::start_with(token::config()).await;
    let began = Instant::now();
    let waiting = get_at(&gateway, "/result?wait=60", &ends_in(5)).await;
    let (status, answer) = json(waiting).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (401, &json!("token_expired"))
    );
    assert_passed(began, 2.0, 5.0);
}

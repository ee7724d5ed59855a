//! Credentials of a connection: at the upgrade or later, renewed, and expired.

use std::time::Duration;

use fast_temporal_protocol::{event::SignalReceived, v1::Operation};
use fast_temporal_server::JwksConfig;
use fast_temporal_testkit::fake::Call;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};

use crate::support::{
    Gateway, Timer, V1Client, payload,
    token::{self, expires_in, with_permissions, workflow_of},
};

/// Starts a gateway that accepts tokens without leeway, with the workflow of `ada`.
async fn start() -> Gateway {
    Gateway::with_tokens_and(|setup| {
        setup.credentials().jwt.as_mut().unwrap().leeway = Duration::ZERO;
    })
    .await
}

async fn connect(gateway: &Gateway, token: &str) -> V1Client {
    gateway.bearer(token).v1().await.unwrap()
}

/// Returns the fields that name the workflow of a user.
fn of(user: &str) -> Value {
    json!({"workflow_id": workflow_of(user)})
}

/// Sends new credentials, which must be accepted.
async fn renew(client: &mut V1Client, token: &str) -> Value {
    client.call("auth", json!({"token": token})).await
}

// Covers AUTH-1, WS-21.
#[tokio::test(start_paused = true)]
async fn unauthenticated_connection_accepts_only_auth_and_ping() {
    let gateway = start().await;
    let before = gateway.engine.stats();
    let mut client = gateway.v1().await;
    for op in Operation::NAMES {
        if !["auth", "ping"].contains(op) {
            let fields = json!({"workflow_id": workflow_of("ada"), "name": "n"});
            client.expect_error(op, fields, "unauthenticated").await;
        }
    }
    client.call("ping", json!({})).await;
    let invalid = json!({"token": "junk"});
    client
        .expect_error("auth", invalid, "unauthenticated")
        .await;
    assert_eq!(gateway.engine.stats(), before);
    let result = renew(&mut client, &token::of("ada")).await;
    assert_eq!(result["subject"], "ada");
    assert!(result["expires_at"].is_string());
    client.subscribe(&workflow_of("ada")).await;
    client.event().await;
    client.expect_live().await;
    // The deadline for credentials no longer applies.
    client.expect_silence(Duration::from_mins(5)).await;
}

// Covers WS-37.
#[tokio::test(start_paused = true)]
async fn connection_without_credentials_in_time_is_closed_with_4500() {
    let gateway = start().await;
    let mut client = gateway.v1().await;
    let timer = Timer::start();
    let invalid = json!({"token": token::of("ada").replace('.', "")});
    client.call_error("auth", invalid).await;
    assert_eq!(client.socket.close_code().await, 4500);
    assert_eq!(timer.seconds(), 10);
}

// Covers WS-37.
#[tokio::test(start_paused = true)]
async fn sending_too_much_before_credentials_is_closed_with_4500() {
    let gateway = start().await;
    let long = json!({"note": "x".repeat(60_000)});
    let mut client = gateway.v1().await;
    client.send_request("ping", long.clone()).await;
    client.socket.frame().await;
    client.send_request("ping", long.clone()).await;
    assert_eq!(client.socket.close_code().await, 4500);
    // An authenticated client can send as much.
    let mut client = gateway.v1().await;
    renew(&mut client, &token::of("ada")).await;
    for _ in 0..4 {
        client.call("ping", long.clone()).await;
    }
}

// Covers WS-22.
#[tokio::test(start_paused = true)]
async fn credentials_can_be_sent_again_if_the_check_is_unavailable() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", silent.local_addr().unwrap());
    let gateway = Gateway::with_tokens_and(|setup| {
        let jwt = setup.credentials().jwt.as_mut().unwrap();
        jwt.keys.clear();
        jwt.jwks = Some(JwksConfig::new(&url).unwrap());
    });
    let gateway = gateway.await;
    let mut client = gateway.v1().await;
    sleep(Duration::from_secs(8)).await;
    let timer = Timer::start();
    // Signed with an unknown key: its claims and its signature are not checked yet.
    let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiJhZGEifQ.AAAA";
    for _ in 0..3 {
        let auth = json!({"token": token});
        client.expect_error("auth", auth, "auth_unavailable").await;
    }
    timer.expect(2.0..);
    let timer = Timer::start();
    assert_eq!(client.close_code().await, 4500);
    assert_eq!(timer.seconds(), 10);
}

// Covers WS-23.
#[tokio::test(start_paused = true)]
async fn messages_after_auth_wait_for_its_outcome() {
    let gateway = start().await;
    let mut client = gateway.v1().await;
    let credentials = json!({"token": token::of("ada")});
    let auth = client.send_request("auth", credentials).await;
    let describe = client.send_request("describe", of("ada")).await;
    for expected in [auth, describe] {
        let response = client.frame().await;
        assert_eq!(response["id"], expected);
        assert_eq!(response["ok"], true);
    }
}

// Covers AUTH-17, AUTH-27, WS-26, WS-40.
#[tokio::test(start_paused = true)]
async fn connection_is_warned_before_credentials_expire_and_closed_when_they_do() {
    let gateway = start().await;
    let mut client = connect(&gateway, &expires_in(300)).await;
    let timer = Timer::start();
    let notice = client.notice("credentials_expiring").await;
    assert!(notice["expires_at"].is_string(), "{notice}");
    timer.expect(265.0..271.0);
    assert_eq!(client.close_code().await, 4003);
    timer.expect(295.0..301.0);
}

// Covers WS-24, WS-26.
#[tokio::test(start_paused = true)]
async fn credentials_are_renewed_without_reconnecting() {
    let gateway = start().await;
    let workflow = gateway.engine.find(&workflow_of("ada"));
    let mut client = connect(&gateway, &expires_in(20)).await;
    client.subscribe(&workflow_of("ada")).await;
    // Sent at once, as the credentials expire within the warning time.
    let notice = client.frame().await;
    assert!(notice.get("credentials_expiring").is_some(), "{notice}");
    client.event().await;
    for _ in 0..3 {
        renew(&mut client, &expires_in(60)).await;
        client.notice("credentials_expiring").await;
    }
    // Invalid credentials leave the present ones in effect.
    let invalid = json!({"token": "junk"});
    client
        .expect_error("auth", invalid, "unauthenticated")
        .await;
    workflow.signal("s");
    client.event().await;
    assert_eq!(client.close_code().await, 4003);
}

// Covers WS-38.
#[tokio::test(start_paused = true)]
async fn credentials_of_another_subject_are_rejected() {
    let gateway = start().await;
    gateway.engine.workflow(&workflow_of("bob"));
    let mut client = connect(&gateway, &token::of("ada")).await;
    let other = json!({"token": token::of("bob")});
    client.expect_error("auth", other, "forbidden").await;
    client.call("describe", of("ada")).await;
    client
        .expect_error("describe", of("bob"), "not_found")
        .await;
}

// Covers WS-39.
#[tokio::test(start_paused = true)]
async fn subscriptions_that_new_credentials_forbid_end() {
    let gateway = start().await;
    let own = gateway.engine.find(&workflow_of("ada"));
    let listed = gateway.engine.workflow("listed");
    let permissions = json!({"workflow_ids": ["listed"]});
    let mut client = connect(&gateway, &with_permissions(permissions)).await;
    for id in [&**own.id(), "listed"] {
        client.subscribe(id).await;
    }
    client.events(2).await;
    renew(&mut client, &token::of("ada")).await;
    let failed = client.notice("subscription_failed").await;
    assert_eq!(failed["workflow_id"], "listed");
    assert_eq!(failed["error"]["code"], "not_found");
    listed.signal("hidden");
    own.signal("seen");
    assert_eq!(client.event().await["data"]["name"], "seen");
    let only_describe = with_permissions(json!({"verbs": ["describe"]}));
    renew(&mut client, &only_describe).await;
    let failed = client.frame().await;
    assert_eq!(failed["subscription_failed"]["error"]["code"], "forbidden");
    own.signal("hidden");
    client.expect_silence(Duration::from_mins(1)).await;
}

// Covers WS-25.
#[tokio::test(start_paused = true)]
async fn new_credentials_change_payload_access_at_once() {
    let gateway = start().await;
    let workflow = gateway.engine.find(&workflow_of("ada"));
    let mut client = connect(&gateway, &token::of("ada")).await;
    client.subscribe(&workflow_of("ada")).await;
    client.event().await;
    for (payloads, expected) in [
        (false, json!({"hidden": true})),
        (true, json!("secret")),
        (false, json!({"hidden": true})),
    ] {
        let token = with_permissions(json!({"payloads": payloads}));
        renew(&mut client, &token).await;
        workflow.push(SignalReceived {
            name: "s".to_owned(),
            input: vec![payload("secret")],
        });
        assert_eq!(client.event().await["data"]["input"][0], expected);
    }
}

// Covers WS-39.
#[tokio::test(start_paused = true)]
async fn subscription_in_flight_is_checked_against_new_credentials() {
    let gateway = start().await;
    gateway.engine.workflow("listed");
    gateway.engine.hang(Call::Describe);
    let permissions = json!({"workflow_ids": ["listed"]});
    let mut client = connect(&gateway, &with_permissions(permissions)).await;
    let listed = json!({"workflow_id": "listed"});
    let subscribe = client.send_request("subscribe", listed).await;
    renew(&mut client, &token::of("ada")).await;
    gateway.engine.release(Call::Describe);
    let response = client.response(subscribe).await;
    assert_eq!(response["error"]["code"], "not_found");
    client.expect_silence(Duration::from_secs(15)).await;
}

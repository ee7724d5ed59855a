//! Credentials of a connection: at the upgrade or later, renewed, and expired.

use std::time::Duration;

use fast_temporal_core::owner;
use fast_temporal_protocol::{Json, event::SignalReceived};
use fast_temporal_server::{
    AppConfig, AuthConfig, CredentialsConfig, JwksConfig, JwtConfig, JwtKey, Secret,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite::{self, client::ClientRequestBuilder};

use crate::support::{Gateway, V1, config};

const SECRET: &[u8] = b"a secret of these tests, of more than 32 bytes";
const AN_HOUR: i64 = 3600;

fn checked() -> AppConfig {
    let jwt = JwtConfig {
        keys: vec![JwtKey::from_secret(SECRET).unwrap()],
        leeway: Duration::ZERO,
        ..JwtConfig::default()
    };
    let credentials = CredentialsConfig {
        jwt: Some(jwt),
        ..CredentialsConfig::default()
    };
    AppConfig {
        auth: AuthConfig::Checked(Box::new(credentials)),
        ..config()
    }
}

/// A token of a user with these permissions, valid for that number of seconds.
fn token(subject: &str, permissions: &Value, seconds: i64) -> String {
    let end = Timestamp::now().as_second() + seconds;
    let claims = json!({"sub": subject, "exp": end, "fast_temporal": permissions});
    let claims: Map<String, Value> = serde_json::from_value(claims).unwrap();
    Secret::new(SECRET).unwrap().sign_jwt(&claims)
}

fn of(subject: &str) -> String {
    token(subject, &json!({}), AN_HOUR)
}

async fn connect(gateway: &Gateway, token: &str) -> tungstenite::Result<V1> {
    let uri = format!("ws://{}/v1/ws", gateway.address).parse().unwrap();
    let request = ClientRequestBuilder::new(uri);
    V1::connect_to(request.with_header("authorization", format!("Bearer {token}"))).await
}

fn id_of(subject: &str) -> String {
    format!("{}w1", owner::prefix(subject))
}

// Covers AUTH-1, WS-21.
#[tokio::test(start_paused = true)]
async fn unauthenticated_connection_accepts_only_auth_and_ping() {
    let gateway = Gateway::start_with(checked()).await;
    let id = id_of("ada");
    gateway.engine.workflow(&id);
    let before = gateway.engine.stats();
    let mut client = V1::connect(&gateway).await;
    for op in [
        "subscribe",
        "unsubscribe",
        "describe",
        "list",
        "cancel",
        "terminate",
        "result",
        "start",
    ] {
        let rejected = client.call_error(op, json!({"workflow_id": id})).await;
        assert_eq!(rejected, "unauthenticated", "{op}");
    }
    for op in ["signal", "query", "update"] {
        let rejected = client
            .call_error(op, json!({"workflow_id": id, "name": "n"}))
            .await;
        assert_eq!(rejected, "unauthenticated", "{op}");
    }
    client.call("ping", json!({})).await;
    assert_eq!(
        client.call_error("auth", json!({"token": "junk"})).await,
        "unauthenticated"
    );
    assert_eq!(gateway.engine.stats(), before);
    let result = client.call("auth", json!({"token": of("ada")})).await;
    assert_eq!(result["subject"], "ada");
    assert!(result["expires_at"].is_string());
    client.call("subscribe", json!({"workflow_id": id})).await;
    client.events(1).await;
    // The deadline for credentials no longer applies.
    client
        .expect_live_then_silence(Duration::from_mins(5))
        .await;
}

// Covers WS-37.
#[tokio::test(start_paused = true)]
async fn connection_without_credentials_in_time_is_closed_with_4500() {
    let gateway = Gateway::start_with(checked()).await;
    let mut client = V1::connect(&gateway).await;
    let began = Instant::now();
    client
        .call_error("auth", json!({"token": of("ada").replace('.', "")}))
        .await;
    assert_eq!(client.client.closed().await, 4500);
    assert_eq!(began.elapsed().as_secs(), 10);
}

// Covers WS-37.
#[tokio::test(start_paused = true)]
async fn sending_too_much_before_credentials_is_closed_with_4500() {
    let gateway = Gateway::start_with(checked()).await;
    let long = json!({"note": "x".repeat(60_000)});
    let mut client = V1::connect(&gateway).await;
    client.send_request("ping", long.clone()).await;
    client.client.frame().await;
    client.send_request("ping", long.clone()).await;
    assert_eq!(client.client.closed().await, 4500);
    // An authenticated client may send as much.
    let mut client = V1::connect(&gateway).await;
    client.call("auth", json!({"token": of("ada")})).await;
    for _ in 0..4 {
        client.call("ping", long.clone()).await;
    }
}

// Covers WS-22.
#[tokio::test(start_paused = true)]
async fn credentials_can_be_sent_again_if_the_check_is_unavailable() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", silent.local_addr().unwrap());
    let credentials = CredentialsConfig {
        jwt: Some(JwtConfig {
            jwks: Some(JwksConfig::new(&url).unwrap()),
            ..JwtConfig::default()
        }),
        ..CredentialsConfig::default()
    };
    let auth = AuthConfig::Checked(Box::new(credentials));
    let gateway = Gateway::start_with(AppConfig { auth, ..config() }).await;
    let mut client = V1::connect(&gateway).await;
    sleep(Duration::from_secs(8)).await;
    let began = Instant::now();
    // Signed with an unknown key: its claims and its signature are not checked yet.
    let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiJhZGEifQ.AAAA";
    for _ in 0..3 {
        let rejected = client.call_error("auth", json!({"token": token})).await;
        assert_eq!(rejected, "auth_unavailable");
    }
    let tried = began.elapsed();
    assert!(tried > Duration::from_secs(2), "{tried:?}");
    assert_eq!(client.close_code_after_heartbeats().await, 4500);
    let closed = began.elapsed().saturating_sub(tried);
    assert_eq!(closed.as_secs(), 10);
}

// Covers WS-3.
#[tokio::test(start_paused = true)]
async fn credentials_of_the_upgrade_authenticate_and_invalid_ones_reject_it() {
    let gateway = Gateway::start_with(checked()).await;
    let id = id_of("ada");
    gateway.engine.workflow(&id);
    let mut client = connect(&gateway, &of("ada")).await.unwrap();
    client.call("describe", json!({"workflow_id": id})).await;
    let Err(tungstenite::Error::Http(refusal)) = connect(&gateway, "junk").await else {
        panic!("it is let in");
    };
    assert_eq!(refusal.status(), 401);
}

// Covers WS-23.
#[tokio::test(start_paused = true)]
async fn messages_after_auth_wait_for_its_outcome() {
    let gateway = Gateway::start_with(checked()).await;
    let id = id_of("ada");
    gateway.engine.workflow(&id);
    let mut client = V1::connect(&gateway).await;
    let auth = client
        .send_request("auth", json!({"token": of("ada")}))
        .await;
    let describe = client
        .send_request("describe", json!({"workflow_id": id}))
        .await;
    let (first, second) = (client.frame().await, client.frame().await);
    assert_eq!((&first["id"], &first["ok"]), (&json!(auth), &json!(true)));
    assert_eq!(
        (&second["id"], &second["ok"]),
        (&json!(describe), &json!(true))
    );
}

// Covers WS-14.
#[tokio::test(start_paused = true)]
async fn workflow_of_another_user_is_not_found() {
    let gateway = Gateway::start_with(checked()).await;
    gateway.engine.workflow(&id_of("bob"));
    gateway.engine.workflow("nobodys");
    let mut client = connect(&gateway, &of("ada")).await.unwrap();
    let before = gateway.engine.stats();
    for id in [id_of("bob"), "nobodys".to_owned(), "none".to_owned()] {
        let rejected = client
            .call_error("subscribe", json!({"workflow_id": id}))
            .await;
        assert_eq!(rejected, "not_found", "{id}");
    }
    assert_eq!(gateway.engine.stats(), before);
}

// Covers AUTH-17, AUTH-27, WS-26, WS-40.
#[tokio::test(start_paused = true)]
async fn connection_is_warned_before_credentials_expire_and_closed_when_they_do() {
    let gateway = Gateway::start_with(checked()).await;
    let mut client = connect(&gateway, &token("ada", &json!({}), 300))
        .await
        .unwrap();
    let began = Instant::now();
    let notice = client.frame().await;
    assert!(
        notice["credentials_expiring"]["expires_at"].is_string(),
        "{notice}"
    );
    let received = began.elapsed().as_secs();
    assert!((265..=270).contains(&received), "{received}");
    assert_eq!(client.close_code_after_heartbeats().await, 4003);
    let closed = began.elapsed().as_secs();
    assert!((295..=300).contains(&closed), "{closed}");
}

// Covers WS-24, WS-26.
#[tokio::test(start_paused = true)]
async fn credentials_are_renewed_without_reconnecting() {
    let gateway = Gateway::start_with(checked()).await;
    let id = id_of("ada");
    let workflow = gateway.engine.workflow(&id);
    let mut client = connect(&gateway, &token("ada", &json!({}), 20))
        .await
        .unwrap();
    client.call("subscribe", json!({"workflow_id": id})).await;
    // Sent at once, as the credentials expire within the warning time.
    assert!(client.frame().await.get("credentials_expiring").is_some());
    client.events(1).await;
    for _ in 0..3 {
        client
            .call("auth", json!({"token": token("ada", &json!({}), 60)}))
            .await;
        let mut frame = client.frame().await;
        while frame.get("credentials_expiring").is_none() {
            assert!(frame.get("live").is_some(), "{frame}");
            frame = client.frame().await;
        }
    }
    // Invalid credentials leave the present ones in effect.
    assert_eq!(
        client.call_error("auth", json!({"token": "junk"})).await,
        "unauthenticated"
    );
    workflow.signal("s");
    client.events(1).await;
    assert_eq!(client.close_code_after_heartbeats().await, 4003);
}

// Covers WS-38.
#[tokio::test(start_paused = true)]
async fn credentials_of_another_subject_are_rejected() {
    let gateway = Gateway::start_with(checked()).await;
    let id = id_of("ada");
    gateway.engine.workflow(&id);
    gateway.engine.workflow(&id_of("bob"));
    let mut client = connect(&gateway, &of("ada")).await.unwrap();
    assert_eq!(
        client.call_error("auth", json!({"token": of("bob")})).await,
        "forbidden"
    );
    client.call("describe", json!({"workflow_id": id})).await;
    let others = client
        .call_error("describe", json!({"workflow_id": id_of("bob")}))
        .await;
    assert_eq!(others, "not_found");
}

// Covers WS-39.
#[tokio::test(start_paused = true)]
async fn subscriptions_that_new_credentials_forbid_end() {
    let gateway = Gateway::start_with(checked()).await;
    let id = id_of("ada");
    let (own, listed) = (
        gateway.engine.workflow(&id),
        gateway.engine.workflow("listed"),
    );
    let may = json!({"workflow_ids": ["listed"]});
    let mut client = connect(&gateway, &token("ada", &may, AN_HOUR))
        .await
        .unwrap();
    for id in [&*id, "listed"] {
        client.call("subscribe", json!({"workflow_id": id})).await;
    }
    client.events(2).await;
    client.call("auth", json!({"token": of("ada")})).await;
    let mut frame = client.frame().await;
    while frame.get("subscription_failed").is_none() {
        assert!(frame.get("live").is_some(), "{frame}");
        frame = client.frame().await;
    }
    assert_eq!(frame["subscription_failed"]["workflow_id"], "listed");
    assert_eq!(frame["subscription_failed"]["error"]["code"], "not_found");
    listed.signal("hidden");
    own.signal("seen");
    assert_eq!(client.events(1).await[0]["data"]["name"], "seen");
    let verbs = token("ada", &json!({"verbs": ["describe"]}), AN_HOUR);
    client.call("auth", json!({"token": verbs})).await;
    let failed = client.frame().await;
    assert_eq!(failed["subscription_failed"]["error"]["code"], "forbidden");
    own.signal("hidden");
    client.expect_silence(Duration::from_mins(1)).await;
}

// Covers WS-25.
#[tokio::test(start_paused = true)]
async fn new_credentials_change_payload_access_at_once() {
    let gateway = Gateway::start_with(checked()).await;
    let id = id_of("ada");
    let workflow = gateway.engine.workflow(&id);
    let signal = || {
        workflow.push(SignalReceived {
            name: "s".to_owned(),
            input: vec![Json::from_value(&"secret").unwrap()],
        });
    };
    let mut client = connect(&gateway, &of("ada")).await.unwrap();
    client.call("subscribe", json!({"workflow_id": id})).await;
    client.events(1).await;
    for (payloads, seen) in [
        (false, json!({"hidden": true})),
        (true, json!("secret")),
        (false, json!({"hidden": true})),
    ] {
        let token = token("ada", &json!({"payloads": payloads}), AN_HOUR);
        client.call("auth", json!({"token": token})).await;
        signal();
        assert_eq!(client.events(1).await[0]["data"]["input"][0], seen);
    }
}

// Covers WS-39.
#[tokio::test(start_paused = true)]
async fn subscription_in_flight_is_checked_against_new_credentials() {
    let gateway = Gateway::start_with(checked()).await;
    gateway.engine.workflow("listed");
    gateway
        .engine
        .hang(fast_temporal_testkit::fake::Call::Describe);
    let may = json!({"workflow_ids": ["listed"]});
    let mut client = connect(&gateway, &token("ada", &may, AN_HOUR))
        .await
        .unwrap();
    let subscribe = client
        .send_request("subscribe", json!({"workflow_id": "listed"}))
        .await;
    client.call("auth", json!({"token": of("ada")})).await;
    gateway
        .engine
        .unhang(fast_temporal_testkit::fake::Call::Describe);
    let answer = client.response(subscribe).await;
    assert_eq!(answer["error"]["code"], "not_found");
    let silence = timeout(Duration::from_secs(15), client.frame()).await;
    assert!(silence.is_err(), "{silence:?}");
}

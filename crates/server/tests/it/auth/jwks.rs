//! Keys that the gateway fetches: when, how often, and what happens if the server fails.

use std::{sync::LazyLock, time::Duration};

use axum::http::StatusCode;
use fast_temporal_server::{JwksConfig, JwtAlgorithm, JwtConfig, JwtKey, JwtKeyError};
use futures_util::future::join_all;
use ring::signature::EcdsaKeyPair;
use serde_json::{Value, json};
use tokio::time::advance;

use super::transport::{Outcome, Transport, rejected};
use crate::support::{
    Gateway, KeyResponse, KeyServer, Timer,
    token::{self, claims, es256_by},
};

/// A key of 1024 bits.
const SHORT_RSA_PEM: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTJ6mUwsc1h6TTGFV0+3w8WWr8
HkrOGi4VOzEXPXDpoRBwL+gmxWGFVnGgudKMWlreVmIszczA7M8baRO3mH4Fjepg
GD+ivwgnoqeGSbpiBBfdO57lKL3Jmr5fSzANjTWHW51+V/GmO1Y9ViMc21MF9uUJ
08G2qX+j8lfltPtpiwIDAQAB
-----END PUBLIC KEY-----
";

static ONE: LazyLock<EcdsaKeyPair> = LazyLock::new(token::new_ec);
static TWO: LazyLock<EcdsaKeyPair> = LazyLock::new(token::new_ec);

fn jwk_one() -> Value {
    token::ec_jwk("one", &ONE)
}

fn jwk_two() -> Value {
    token::ec_jwk("two", &TWO)
}

fn by_one() -> String {
    es256_by("one", &ONE, &claims("ada"))
}

fn by_two() -> String {
    es256_by("two", &TWO, &claims("ada"))
}

fn jwt_config(url: &str) -> JwtConfig {
    JwtConfig {
        keys: Vec::new(),
        jwks: Some(JwksConfig::new(url).unwrap()),
        ..token::jwt_config()
    }
}

async fn gateway_for(jwt: JwtConfig) -> Gateway {
    Gateway::with_tokens_and(|setup| setup.credentials().jwt = Some(jwt)).await
}

/// Starts a server with the first key, and a gateway that fetches its keys.
async fn start() -> (KeyServer, Gateway) {
    let server = KeyServer::start(&[jwk_one()]).await;
    let gateway = gateway_for(jwt_config(&server.url())).await;
    (server, gateway)
}

async fn attempt(gateway: &Gateway, token: &str) -> Outcome {
    Transport::Ticket.attempt(gateway, Some(token)).await
}

async fn expect_accepted(gateway: &Gateway, token: &str) {
    assert_eq!(attempt(gateway, token).await, Ok(()));
}

async fn expect_rejected(gateway: &Gateway, token: &str) {
    assert_eq!(
        attempt(gateway, token).await,
        rejected(401, "unauthenticated")
    );
}

async fn expect_unavailable(gateway: &Gateway, token: &str) {
    assert_eq!(
        attempt(gateway, token).await,
        rejected(503, "auth_unavailable")
    );
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_once_when_first_needed() {
    let server = KeyServer::start(&[jwk_one(), token::rsa_jwk("rsa")]).await;
    let gateway = gateway_for(jwt_config(&server.url())).await;
    expect_rejected(&gateway, &token::of("ada")).await;
    assert_eq!(server.requests(), 0, "a shared secret is never fetched");
    server.pause();
    let token = by_one();
    let attempts = (0..50).map(|_| attempt(&gateway, &token));
    let (outcomes, ()) = tokio::join!(join_all(attempts), async {
        advance(Duration::from_secs(1)).await;
        server.resume();
    });
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(server.requests(), 1);
    let rsa = token::signed(
        &json!({"alg": "RS256", "kid": "rsa"}),
        &claims("ada"),
        token::sign_rsa,
    );
    // Tokens that name their key, and that do not.
    for token in [rsa, token::rs256(&claims("ada"))] {
        expect_accepted(&gateway, &token).await;
    }
    assert_eq!(server.requests(), 1);
}

// Covers AUTH-19.
#[tokio::test(start_paused = true)]
async fn new_key_is_accepted_and_removed_key_rejected_immediately() {
    let (server, gateway) = start().await;
    expect_accepted(&gateway, &by_one()).await;
    advance(Duration::from_secs(10)).await;
    server.set_keys(&[jwk_two()]);
    let token = by_two();
    let attempts = (0..20).map(|_| attempt(&gateway, &token));
    assert!(join_all(attempts).await.iter().all(Result::is_ok));
    assert_eq!(server.requests(), 2);
    expect_rejected(&gateway, &by_one()).await;
}

#[tokio::test(start_paused = true)]
async fn keys_without_ids_can_rotate() {
    let without_id = |mut jwk: Value| {
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    };
    let server = KeyServer::start(&[without_id(jwk_one())]).await;
    let gateway = gateway_for(jwt_config(&server.url())).await;
    let signed_by = |key: &EcdsaKeyPair| {
        token::signed(
            &json!({"alg": "ES256"}),
            &claims("ada"),
            token::sign_ec(key),
        )
    };
    expect_accepted(&gateway, &signed_by(&ONE)).await;
    advance(Duration::from_secs(10)).await;
    server.set_keys(&[without_id(jwk_two())]);
    expect_accepted(&gateway, &signed_by(&TWO)).await;
    expect_accepted(&gateway, &by_two()).await;
}

// Covers AUTH-19.
#[tokio::test(start_paused = true)]
async fn tokens_with_unknown_keys_do_not_flood_the_key_server() {
    let (server, gateway) = start().await;
    for number in 0..200 {
        let token = es256_by(&format!("unknown-{number}"), &TWO, &claims("ada"));
        expect_rejected(&gateway, &token).await;
        advance(Duration::from_millis(100)).await;
    }
    // One fetch in 5 s, for 20 s.
    assert!(
        (2..=5).contains(&server.requests()),
        "{}",
        server.requests()
    );
    // An invalid signature of a known key causes no fetch.
    let before = server.requests();
    advance(Duration::from_secs(10)).await;
    let forged = es256_by("one", &TWO, &claims("ada"));
    expect_rejected(&gateway, &forged).await;
    assert_eq!(server.requests(), before);
}

#[tokio::test(start_paused = true)]
async fn keys_are_refreshed_in_the_background_before_they_are_stale() {
    let (server, gateway) = start().await;
    expect_accepted(&gateway, &by_one()).await;
    advance(Duration::from_mins(4)).await;
    expect_accepted(&gateway, &by_one()).await;
    assert_eq!(server.requests(), 1);
    advance(Duration::from_mins(2)).await;
    server.pause();
    let timer = Timer::start();
    expect_accepted(&gateway, &by_one()).await;
    timer.expect(0.0..=0.0);
    server.set_keys(&[jwk_two()]);
    server.resume();
    // Fetched without a request that needs it.
    advance(Duration::from_secs(1)).await;
    expect_accepted(&gateway, &by_two()).await;
    expect_rejected(&gateway, &by_one()).await;
    assert_eq!(server.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn stale_keys_are_not_used_while_fresh_ones_can_be_fetched() {
    let (server, gateway) = start().await;
    expect_accepted(&gateway, &by_one()).await;
    server.set_keys(&[jwk_two()]);
    advance(Duration::from_hours(10)).await;
    expect_rejected(&gateway, &by_one()).await;
}

// Covers AUTH-6.
#[tokio::test(start_paused = true)]
async fn stale_keys_are_used_while_the_key_server_is_down() {
    let (server, gateway) = start().await;
    expect_accepted(&gateway, &by_one()).await;
    server.respond_with(KeyResponse::Text(StatusCode::BAD_GATEWAY, String::new()));
    for _ in 0..10 {
        advance(Duration::from_mins(30)).await;
        expect_accepted(&gateway, &by_one()).await;
        // An unknown key could be a new one.
        expect_unavailable(&gateway, &by_two()).await;
    }
    server.set_keys(&[jwk_one(), jwk_two()]);
    advance(Duration::from_mins(2)).await;
    expect_accepted(&gateway, &by_two()).await;
}

// Covers AUTH-20.
#[tokio::test(start_paused = true)]
async fn without_keys_clients_receive_a_retryable_error() {
    let (server, gateway) = start().await;
    let huge = format!("{{\"keys\":[\"{}\"]}}", "x".repeat(300 * 1024));
    let text = |status, text: &str| KeyResponse::Text(status, text.to_owned());
    for response in [
        text(StatusCode::INTERNAL_SERVER_ERROR, ""),
        text(StatusCode::FOUND, ""),
        text(StatusCode::OK, ""),
        text(StatusCode::OK, "<html>"),
        text(StatusCode::OK, "{\"keys\":{}}"),
        text(StatusCode::OK, &huge),
        KeyResponse::Keys(json!({"keys": []})),
        KeyResponse::Keys(json!({"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}]})),
        KeyResponse::Hang,
    ] {
        let shown: String = format!("{response:?}").chars().take(60).collect();
        server.respond_with(response);
        let (before, timer) = (server.requests(), Timer::start());
        for _ in 0..10 {
            let outcome = attempt(&gateway, &by_one()).await;
            assert_eq!(outcome, rejected(503, "auth_unavailable"), "{shown}");
        }
        assert_eq!(server.requests(), before + 1, "{shown}");
        timer.expect(..=7.0);
        advance(Duration::from_mins(2)).await;
    }
    server.set_keys(&[jwk_one()]);
    expect_accepted(&gateway, &by_one()).await;
}

#[tokio::test(start_paused = true)]
async fn unreachable_key_server_is_retried_with_backoff() {
    let (server, gateway) = start().await;
    server.respond_with(KeyResponse::Text(StatusCode::BAD_GATEWAY, String::new()));
    for _ in 0..600 {
        expect_unavailable(&gateway, &by_one()).await;
        advance(Duration::from_secs(1)).await;
    }
    // After 1, 2, 4 … seconds, and then once a minute.
    assert!(
        (12..=20).contains(&server.requests()),
        "{}",
        server.requests()
    );
}

#[tokio::test(start_paused = true)]
async fn configured_keys_do_not_depend_on_the_key_server() {
    let jwt = JwtConfig {
        keys: vec![JwtKey::from_secret(token::SECRET).unwrap()],
        // A port without a listener.
        ..jwt_config("http://127.0.0.1:9/keys")
    };
    let gateway = gateway_for(jwt).await;
    expect_accepted(&gateway, &token::of("ada")).await;
    expect_unavailable(&gateway, &by_one()).await;
}

// Covers AUTH-4.
#[tokio::test(start_paused = true)]
async fn disallowed_algorithms_are_rejected_with_any_keys() {
    let server = KeyServer::start(&[jwk_one()]).await;
    let jwt = JwtConfig {
        algorithms: vec![JwtAlgorithm::Rs256],
        ..jwt_config(&server.url())
    };
    let gateway = gateway_for(jwt).await;
    expect_rejected(&gateway, &by_one()).await;
    assert_eq!(server.requests(), 0);
}

#[test]
fn key_set_yields_its_usable_keys() {
    let with = |name: &str, value: Value| {
        let mut jwk = jwk_one();
        jwk[name] = value;
        jwk
    };
    let set = json!({"keys": [
        jwk_one(),
        token::rsa_jwk("rsa"),
        {"kty": "RSA", "kid": "short", "e": "AQAB", "n": "s".repeat(171)},
        with("use", json!("enc")),
        with("alg", json!("ES384")),
        with("crv", json!("P-384")),
        with("key_ops", json!(["sign"])),
        {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty": "new", "x": 1},
        {},
        7,
    ], "more": true});
    let keys = JwtKey::from_jwks(&set.to_string()).unwrap();
    let usable: Vec<_> = keys
        .iter()
        .map(|key| (key.kid(), key.algorithm()))
        .collect();
    let expected = [
        (Some("one"), JwtAlgorithm::Es256),
        (Some("rsa"), JwtAlgorithm::Rs256),
    ];
    assert_eq!(usable, expected);
    let none = JwtKey::from_jwks(r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#);
    assert_eq!(none, Err(JwtKeyError::NoUsableKey));
    assert_eq!(JwtKey::from_jwks("[]"), Err(JwtKeyError::InvalidKeySet));
}

#[test]
fn invalid_public_keys_are_reported() {
    assert!(JwtKey::from_secret(&[0; 31]).is_err());
    let pem = |name: &str, der: &[u8]| {
        let text = data_encoding::BASE64.encode(der);
        format!("-----BEGIN {name}-----\n{text}\n-----END {name}-----\n")
    };
    for text in [
        "",
        "a secret",
        token::RSA_PRIVATE_PEM,
        &format!("{}{}", token::RSA_PRIVATE_PEM, token::RSA_PUBLIC_PEM),
        &pem("PUBLIC KEY", b"x"),
        &pem("CERTIFICATE", &token::pem_content(token::RSA_PUBLIC_PEM)),
    ] {
        assert_eq!(JwtKey::from_pem(text), Err(JwtKeyError::InvalidPublicKey));
    }
    assert_eq!(JwtKey::from_pem(SHORT_RSA_PEM), Err(JwtKeyError::TooShort));
    for text in [token::RSA_PUBLIC_PEM, token::RSA_PUBLIC_PKCS1_PEM] {
        let key = JwtKey::from_pem(text).unwrap();
        assert_eq!(key.algorithm(), JwtAlgorithm::Rs256);
        assert!(format!("{key:?}").len() < 80);
    }
    assert!(JwksConfig::new("https://issuer.test/keys").is_ok());
    for url in [
        "",
        "keys",
        "/keys",
        "file:///keys",
        "ftp://issuer.test/",
        "http:/keys",
    ] {
        assert!(JwksConfig::new(url).is_err(), "{url}");
    }
}

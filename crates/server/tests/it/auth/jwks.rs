//! Keys that are fetched: when, how often, and what if they can't be had.

use std::{sync::LazyLock, time::Duration};

use axum::http::StatusCode;
use fast_temporal_server::{
    CredentialsConfig, JwksConfig, JwtAlgorithm, JwtConfig, JwtKey, JwtKeyError,
};
use futures_util::future::join_all;
use ring::signature::EcdsaKeyPair;
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use super::transport::Outcome;
use super::transport::Transport;
use crate::support::{Gateway, KeyServer, Mood, token, token::claims, token::es256_by};

/// Of 1024 bits.
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
    let credentials = CredentialsConfig {
        jwt: Some(jwt),
        ..CredentialsConfig::default()
    };
    Gateway::start_with(token::with_auth(credentials)).await
}

async fn gateway(server: &KeyServer) -> Gateway {
    gateway_for(jwt_config(&server.url())).await
}

async fn attempt(gateway: &Gateway, token: &str) -> Outcome {
    Transport::Ticket.attempt(gateway, Some(token)).await
}

fn refused() -> Outcome {
    Err((Some(401), "unauthenticated".to_owned()))
}

fn unavailable() -> Outcome {
    Err((Some(503), "auth_unavailable".to_owned()))
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_once_when_first_needed() {
    let server = KeyServer::start(&[jwk_one(), token::rsa_jwk("rsa")]).await;
    let gateway = gateway(&server).await;
    assert_eq!(attempt(&gateway, &token::of("ada")).await, refused());
    assert_eq!(server.asked(), 0, "no secret is published");
    server.hold();
    let token = by_one();
    let attempts = (0..50).map(|_| attempt(&gateway, &token));
    let (outcomes, ()) = tokio::join!(join_all(attempts), async {
        advance(Duration::from_secs(1)).await;
        server.release();
    });
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(server.asked(), 1);
    let rsa = token::token(
        &json!({"alg": "RS256", "kid": "rsa"}),
        &claims("ada"),
        token::sign_rsa,
    );
    // With a name and without.
    for token in [rsa, token::rs256(&claims("ada"))] {
        assert_eq!(attempt(&gateway, &token).await, Ok(()));
    }
    assert_eq!(server.asked(), 1);
}

// Covers AUTH-19.
#[tokio::test(start_paused = true)]
async fn new_key_is_accepted_and_removed_key_rejected_immediately() {
    let server = KeyServer::start(&[jwk_one()]).await;
    let gateway = gateway(&server).await;
    assert_eq!(attempt(&gateway, &by_one()).await, Ok(()));
    advance(Duration::from_secs(10)).await;
    server.has(&[jwk_two()]);
    let token = by_two();
    let attempts = (0..20).map(|_| attempt(&gateway, &token));
    assert!(join_all(attempts).await.iter().all(Result::is_ok));
    assert_eq!(server.asked(), 2);
    assert_eq!(attempt(&gateway, &by_one()).await, refused());
}

#[tokio::test(start_paused = true)]
async fn keys_without_ids_can_rotate() {
    let nameless = |mut jwk: Value| {
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    };
    let server = KeyServer::start(&[nameless(jwk_one())]).await;
    let gateway = gateway(&server).await;
    let by = |key: &EcdsaKeyPair| {
        token::token(
            &json!({"alg": "ES256"}),
            &claims("ada"),
            token::sign_ec(key),
        )
    };
    assert_eq!(attempt(&gateway, &by(&ONE)).await, Ok(()));
    advance(Duration::from_secs(10)).await;
    server.has(&[nameless(jwk_two())]);
    assert_eq!(attempt(&gateway, &by(&TWO)).await, Ok(()));
    assert_eq!(attempt(&gateway, &by_two()).await, Ok(()));
}

// Covers AUTH-19.
#[tokio::test(start_paused = true)]
async fn tokens_with_unknown_keys_do_not_flood_the_key_server() {
    let server = KeyServer::start(&[jwk_one()]).await;
    let gateway = gateway(&server).await;
    for number in 0..200 {
        let token = es256_by(&format!("made-up-{number}"), &TWO, &claims("ada"));
        assert_eq!(attempt(&gateway, &token).await, refused());
        advance(Duration::from_millis(100)).await;
    }
    // 20 s: one fetch in 5 s.
    assert!((2..=5).contains(&server.asked()), "{}", server.asked());
    // A wrong signature under a name that is known is no reason to ask.
    let asked = server.asked();
    advance(Duration::from_secs(10)).await;
    let forged = es256_by("one", &TWO, &claims("ada"));
    assert_eq!(attempt(&gateway, &forged).await, refused());
    assert_eq!(server.asked(), asked);
}

#[tokio::test(start_paused = true)]
async fn keys_are_refreshed_in_the_background_before_they_are_stale() {
    let server = KeyServer::start(&[jwk_one()]).await;
    let gateway = gateway(&server).await;
    assert_eq!(attempt(&gateway, &by_one()).await, Ok(()));
    advance(Duration::from_mins(4)).await;
    assert_eq!(attempt(&gateway, &by_one()).await, Ok(()));
    assert_eq!(server.asked(), 1);
    advance(Duration::from_mins(2)).await;
    server.hold();
    let began = Instant::now();
    assert_eq!(attempt(&gateway, &by_one()).await, Ok(()));
    assert_eq!(began.elapsed(), Duration::ZERO, "nobody waits for it");
    server.has(&[jwk_two()]);
    server.release();
    // It came while nobody asked.
    advance(Duration::from_secs(1)).await;
    assert_eq!(attempt(&gateway, &by_two()).await, Ok(()));
    assert_eq!(attempt(&gateway, &by_one()).await, refused());
    assert_eq!(server.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn stale_keys_are_not_used_while_fresh_ones_can_be_fetched() {
    let server = KeyServer::start(&[jwk_one()]).await;
    let gateway = gateway(&server).await;
    assert_eq!(attempt(&gateway, &by_one()).await, Ok(()));
    server.has(&[jwk_two()]);
    advance(Duration::from_hours(10)).await;
    assert_eq!(attempt(&gateway, &by_one()).await, refused());
}

// Covers AUTH-6.
#[tokio::test(start_paused = true)]
async fn stale_keys_are_used_while_the_key_server_is_down() {
    let server = KeyServer::start(&[jwk_one()]).await;
    let gateway = gateway(&server).await;
    assert_eq!(attempt(&gateway, &by_one()).await, Ok(()));
    server.turns(Mood::Says(StatusCode::BAD_GATEWAY, String::new()));
    for _ in 0..10 {
        advance(Duration::from_mins(30)).await;
        assert_eq!(attempt(&gateway, &by_one()).await, Ok(()));
        // A key that is not among them may be a new one: nobody knows.
        assert_eq!(attempt(&gateway, &by_two()).await, unavailable());
    }
    server.has(&[jwk_one(), jwk_two()]);
    advance(Duration::from_mins(2)).await;
    assert_eq!(attempt(&gateway, &by_two()).await, Ok(()));
}

// Covers AUTH-20.
#[tokio::test(start_paused = true)]
async fn without_keys_clients_receive_a_retryable_error() {
    let server = KeyServer::start(&[jwk_one()]).await;
    let gateway = gateway(&server).await;
    let huge = format!("{{\"keys\":[\"{}\"]}}", "x".repeat(300 * 1024));
    for mood in [
        Mood::Says(StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        Mood::Says(StatusCode::FOUND, String::new()),
        Mood::Says(StatusCode::OK, String::new()),
        Mood::Says(StatusCode::OK, "<html>".to_owned()),
        Mood::Says(StatusCode::OK, "{\"keys\":{}}".to_owned()),
        Mood::Says(StatusCode::OK, huge),
        Mood::Keys(json!({"keys": []})),
        Mood::Keys(json!({"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}]})),
        Mood::Hangs,
    ] {
        let said = format!("{mood:?}").chars().take(60).collect::<String>();
        server.turns(mood);
        let (asked, began) = (server.asked(), Instant::now());
        for _ in 0..10 {
            assert_eq!(attempt(&gateway, &by_one()).await, unavailable(), "{said}");
        }
        assert_eq!(server.asked(), asked + 1, "{said}");
        assert!(began.elapsed() <= Duration::from_secs(7), "{said}");
        advance(Duration::from_mins(2)).await;
    }
    server.has(&[jwk_one()]);
    assert_eq!(attempt(&gateway, &by_one()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn unreachable_key_server_is_retried_with_backoff() {
    let server = KeyServer::start(&[jwk_one()]).await;
    let gateway = gateway(&server).await;
    server.turns(Mood::Says(StatusCode::BAD_GATEWAY, String::new()));
    for _ in 0..600 {
        assert_eq!(attempt(&gateway, &by_one()).await, unavailable());
        advance(Duration::from_secs(1)).await;
    }
    // 1, 2, 4 … seconds, and then once in a minute.
    assert!((12..=20).contains(&server.asked()), "{}", server.asked());
}

#[tokio::test(start_paused = true)]
async fn configured_keys_do_not_depend_on_the_key_server() {
    let jwt = JwtConfig {
        keys: vec![JwtKey::from_secret(token::SECRET).unwrap()],
        // Nothing listens there.
        ..jwt_config("http://127.0.0.1:9/keys")
    };
    let gateway = gateway_for(jwt).await;
    assert_eq!(attempt(&gateway, &token::of("ada")).await, Ok(()));
    assert_eq!(attempt(&gateway, &by_one()).await, unavailable());
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
    assert_eq!(attempt(&gateway, &by_one()).await, refused());
    assert_eq!(server.asked(), 0);
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
    let named: Vec<_> = keys
        .iter()
        .map(|key| (key.kid(), key.algorithm()))
        .collect();
    let expected = [
        (Some("one"), JwtAlgorithm::Es256),
        (Some("rsa"), JwtAlgorithm::Rs256),
    ];
    assert_eq!(named, expected);
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

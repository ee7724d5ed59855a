//! Tokens, valid and forged. The RSA key in this folder was made for these tests, and opens nothing.

use std::{sync::LazyLock, time::Duration};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use fast_temporal_core::owner;
use fast_temporal_server::{JwtConfig, JwtKey};
use jiff::Timestamp;
use ring::{
    hmac, rand,
    signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair, RsaPublicKeyComponents},
};
use serde_json::{Map, Value, json};

pub const SECRET: &[u8] = b"a secret of the tests, which has more than 32 bytes";
pub const RSA_PUBLIC_PEM: &str = include_str!("rsa_public.pem");
pub const RSA_PUBLIC_PKCS1_PEM: &str = include_str!("rsa_public_pkcs1.pem");
pub const RSA_PRIVATE_PEM: &str = include_str!("rsa_private.pem");

pub static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let der = pem_content(RSA_PRIVATE_PEM);
    RsaKeyPair::from_pkcs8(&der).unwrap()
});
pub static EC: LazyLock<EcdsaKeyPair> = LazyLock::new(new_ec);

pub fn new_ec() -> EcdsaKeyPair {
    let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let random = rand::SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap()
}

pub fn pem_content(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let text: String = lines.collect();
    BASE64.decode(text.as_bytes()).unwrap()
}

/// Returns the public key as PEM. The bytes before the point are the same for all keys of P-256.
pub fn ec_public_pem(key: &EcdsaKeyPair) -> String {
    let mut der = vec![
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    der.extend_from_slice(key.public_key().as_ref());
    let text = BASE64.encode(&der);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

/// Returns the public key as a JSON Web Key.
pub fn ec_jwk(kid: &str, key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    let (x, y) = point[1..].split_at(32);
    json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
        "x": BASE64URL_NOPAD.encode(x), "y": BASE64URL_NOPAD.encode(y),
    })
}

pub fn rsa_jwk(kid: &str) -> Value {
    let key: RsaPublicKeyComponents<Vec<u8>> = RSA.public().into();
    json!({
        "kty": "RSA", "kid": kid,
        "n": BASE64URL_NOPAD.encode(&key.n), "e": BASE64URL_NOPAD.encode(&key.e),
    })
}

pub fn seconds_from_now(seconds: i64) -> i64 {
    Timestamp::now().as_second() + seconds
}

/// Returns valid claims.
pub fn claims(subject: &str) -> Value {
    json!({
        "sub": subject,
        "iss": "https://issuer.test",
        "aud": "gateway",
        "iat": seconds_from_now(0),
        "exp": seconds_from_now(3600),
    })
}

/// Returns valid claims with changes; `null` removes a claim.
pub fn claims_with(subject: &str, changes: Value) -> Value {
    let mut claims = claims(subject);
    let changes: Map<String, Value> = serde_json::from_value(changes).unwrap();
    let all = claims.as_object_mut().unwrap();
    for (name, value) in changes {
        match value {
            Value::Null => all.remove(&name),
            value => all.insert(name, value),
        };
    }
    claims
}

/// Returns a token with a header and claims, signed by `sign`.
pub fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = BASE64URL_NOPAD.encode(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

pub fn hmac_sha256(secret: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    move |message| hmac::sign(&key, message).as_ref().to_vec()
}

pub fn sign_rsa(message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; RSA.public().modulus_len()];
    let random = rand::SystemRandom::new();
    let padding = &signature::RSA_PKCS1_SHA256;
    RSA.sign(padding, &random, message, &mut signature).unwrap();
    signature
}

pub fn sign_ec(key: &EcdsaKeyPair) -> impl Fn(&[u8]) -> Vec<u8> {
    let random = rand::SystemRandom::new();
    move |message| key.sign(&random, message).unwrap().as_ref().to_vec()
}

pub fn hs256(claims: &Value) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT"});
    signed(&header, claims, hmac_sha256(SECRET))
}

pub fn rs256(claims: &Value) -> String {
    signed(&json!({"alg": "RS256", "typ": "JWT"}), claims, sign_rsa)
}

pub fn es256(claims: &Value) -> String {
    signed(&json!({"alg": "ES256", "typ": "JWT"}), claims, sign_ec(&EC))
}

/// Returns a token that names its key.
pub fn es256_by(kid: &str, key: &EcdsaKeyPair, claims: &Value) -> String {
    let header = json!({"alg": "ES256", "kid": kid});
    signed(&header, claims, sign_ec(key))
}

/// Returns a valid token of a user.
pub fn of(subject: &str) -> String {
    hs256(&claims(subject))
}

/// Returns a token of `ada` with changed claims.
pub fn with_claims(changes: Value) -> String {
    hs256(&claims_with("ada", changes))
}

/// Returns a valid token of `ada` with permissions.
#[expect(clippy::needless_pass_by_value, reason = "callers write `json!`")]
pub fn with_permissions(permissions: Value) -> String {
    with_claims(json!({"fast_temporal": permissions}))
}

/// Returns a token of `ada` that expires in a number of seconds.
pub fn expires_in(seconds: i64) -> String {
    with_claims(json!({"exp": seconds_from_now(seconds)}))
}

/// Returns the id of a user's workflow.
pub fn workflow_of(user: &str) -> String {
    format!("{}w", owner::prefix(user))
}

/// Returns keys of all three kinds, one issuer, and two audiences.
pub fn jwt_config() -> JwtConfig {
    JwtConfig {
        keys: vec![
            JwtKey::from_secret(SECRET).unwrap(),
            JwtKey::from_pem(RSA_PUBLIC_PEM).unwrap(),
            JwtKey::from_pem(&ec_public_pem(&EC)).unwrap(),
        ],
        issuers: vec!["https://issuer.test".to_owned()],
        audiences: vec!["gateway".to_owned(), "other".to_owned()],
        leeway: Duration::from_secs(30),
        ..JwtConfig::default()
    }
}

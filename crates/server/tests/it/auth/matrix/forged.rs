//! Forged tokens: chosen algorithm, modified content, foreign signature.

use serde_json::json;

use super::expect_rejected;
use crate::support::{
    Gateway,
    token::{self, claims, signed},
};

// Covers AUTH-4.
#[tokio::test(start_paused = true)]
async fn token_cannot_choose_its_algorithm() {
    let gateway = Gateway::with_tokens().await;
    let claims = claims("ada");
    let hmac = |alg: &str, secret: &[u8]| {
        signed(&json!({"alg": alg}), &claims, token::hmac_sha256(secret))
    };
    let with_rsa = |alg: &str| signed(&json!({"alg": alg}), &claims, token::sign_rsa);
    let unsigned = |alg: &str| signed(&json!({"alg": alg}), &claims, |_| Vec::new());
    let with_header =
        |header: serde_json::Value| signed(&header, &claims, token::hmac_sha256(token::SECRET));
    let own_key = {
        let header = json!({"alg": "ES256", "jwk": token::ec_jwk("mine", &token::new_ec())});
        signed(&header, &claims, token::sign_ec(&token::new_ec()))
    };
    let critical = json!({"alg": "HS256", "crit": ["b64"], "b64": true});
    let ticket = json!({"alg": "HS256", "typ": "fast-temporal-ticket"});
    let rsa_der = token::pem_content(token::RSA_PUBLIC_PEM);
    let rsa_pkcs1 = token::pem_content(token::RSA_PUBLIC_PKCS1_PEM);
    let ec_point = ring::signature::KeyPair::public_key(&*token::EC).as_ref();
    let valid = token::of("ada");
    let (message, _) = valid.rsplit_once('.').unwrap();
    let (_, rest) = valid.split_once('.').unwrap();
    for (name, token) in [
        ("none", unsigned("none")),
        ("None", unsigned("None")),
        ("NONE", unsigned("NONE")),
        ("no algorithm", unsigned("")),
        ("HS256 without a signature", format!("{message}.")),
        ("without a third part", message.to_owned()),
        ("without a header", format!(".{rest}")),
        (
            "public key as secret: PEM",
            hmac("HS256", token::RSA_PUBLIC_PEM.as_bytes()),
        ),
        ("public key as secret: DER", hmac("HS256", &rsa_der)),
        ("public key as secret: PKCS 1", hmac("HS256", &rsa_pkcs1)),
        ("point as secret", hmac("HS256", ec_point)),
        ("empty secret", hmac("HS256", b"")),
        ("RS256 by HMAC", hmac("RS256", token::SECRET)),
        ("ES256 by HMAC", hmac("ES256", token::SECRET)),
        ("ES256 by RSA", with_rsa("ES256")),
        ("HS256 by RSA", with_rsa("HS256")),
        ("HS512", hmac("HS512", token::SECRET)),
        ("PS256", with_rsa("PS256")),
        ("EdDSA", hmac("EdDSA", token::SECRET)),
        ("its own key", own_key),
        ("critical extension", with_header(critical)),
        ("type of a ticket", with_header(ticket)),
    ] {
        expect_rejected(&gateway, name, Some(&token), "unauthenticated").await;
    }
}

// Covers AUTH-1, WS-3.
#[tokio::test(start_paused = true)]
async fn tampered_and_foreign_tokens_are_rejected() {
    let gateway = Gateway::with_tokens().await;
    let (of_ada, of_bob) = (token::of("ada"), token::of("bob"));
    let ada: Vec<_> = of_ada.split('.').collect();
    let bob: Vec<_> = of_bob.split('.').collect();
    let hs256 = json!({"alg": "HS256"});
    let other_secret = token::hmac_sha256(b"another secret, which has more than 32 bytes");
    let es256 = json!({"alg": "ES256"});
    let other_key = token::new_ec();
    for (name, token) in [
        (
            "claims of another",
            format!("{}.{}.{}", bob[0], ada[1], bob[2]),
        ),
        ("padding", format!("{of_ada}=")),
        ("space", format!("{} .{}", ada[0], ada[1..].join("."))),
        ("four parts", format!("{of_ada}.")),
        (
            "another secret",
            signed(&hs256, &claims("ada"), other_secret),
        ),
        (
            "another key",
            signed(&es256, &claims("ada"), token::sign_ec(&other_key)),
        ),
        (
            "unknown key id",
            token::es256_by("x", &other_key, &claims("ada")),
        ),
        ("not a token", "ada".to_owned()),
        ("dots", "..".to_owned()),
        ("long", "x".repeat(12_000)),
    ] {
        expect_rejected(&gateway, name, Some(&token), "unauthenticated").await;
    }
}

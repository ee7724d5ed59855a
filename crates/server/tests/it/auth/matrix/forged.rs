//! Forged tokens: chosen algorithm, modified content, foreign signature.

use serde_json::{Value, json};

use super::gateway;
use super::is_refused_everywhere;
use crate::support::{token, token::claims};

// Covers AUTH-4.
#[tokio::test(start_paused = true)]
async fn token_cannot_choose_its_algorithm() {
    let gateway = gateway().await;
    let good = claims("ada");
    let with =
        |header: Value, secret: &[u8]| token::token(&header, &good, token::hmac_sha256(secret));
    let none = |alg: &str| token::token(&json!({"alg": alg}), &good, |_| Vec::new());
    let rsa_der = token::pem_content(token::RSA_PUBLIC_PEM);
    let rsa_pkcs1 = token::pem_content(token::RSA_PUBLIC_PKCS1_PEM);
    let ec_point = ring::signature::KeyPair::public_key(&*token::EC).as_ref();
    let hs = json!({"alg": "HS256"});
    let signed = token::of("ada");
    let (message, _) = signed.rsplit_once('.').unwrap();
    let (_, others) = signed.split_once('.').unwrap();
    for (name, token) in [
        ("none", none("none")),
        ("None", none("None")),
        ("NONE", none("NONE")),
        ("no algorithm", none("")),
        ("HS256 without a signature", format!("{message}.")),
        ("without a third part", message.to_owned()),
        ("without a header", format!(".{others}")),
        (
            "a public key as secret: PEM",
            with(hs.clone(), token::RSA_PUBLIC_PEM.as_bytes()),
        ),
        ("a public key as secret: DER", with(hs.clone(), &rsa_der)),
        (
            "a public key as secret: PKCS 1",
            with(hs.clone(), &rsa_pkcs1),
        ),
        ("a point as secret", with(hs.clone(), ec_point)),
        ("an empty secret", with(hs, b"")),
        (
            "RS256 by HMAC",
            with(json!({"alg": "RS256"}), token::SECRET),
        ),
        (
            "ES256 by HMAC",
            with(json!({"alg": "ES256"}), token::SECRET),
        ),
        (
            "ES256 by RSA",
            token::token(&json!({"alg": "ES256"}), &good, token::sign_rsa),
        ),
        (
            "HS256 by RSA",
            token::token(&json!({"alg": "HS256"}), &good, token::sign_rsa),
        ),
        ("HS512", with(json!({"alg": "HS512"}), token::SECRET)),
        (
            "PS256",
            token::token(&json!({"alg": "PS256"}), &good, token::sign_rsa),
        ),
        ("EdDSA", with(json!({"alg": "EdDSA"}), token::SECRET)),
        (
            "a key of its own",
            token::token(
                &json!({"alg": "ES256", "jwk": token::ec_jwk("mine", &token::new_ec())}),
                &good,
                token::sign_ec(&token::new_ec()),
            ),
        ),
        (
            "a critical extension",
            with(
                json!({"alg": "HS256", "crit": ["b64"], "b64": true}),
                token::SECRET,
            ),
        ),
        (
            "a type of the gateway's own",
            with(
                json!({"alg": "HS256", "typ": "fast-temporal-ticket"}),
                token::SECRET,
            ),
        ),
    ] {
        is_refused_everywhere(&gateway, name, Some(&token), "unauthenticated").await;
    }
}

// Covers AUTH-1.
#[tokio::test(start_paused = true)]
async fn tampered_and_foreign_tokens_are_rejected() {
    let gateway = gateway().await;
    let signed = token::of("bob");
    let parts: Vec<_> = signed.split('.').collect();
    let as_ada = token::of("ada");
    let of_ada: Vec<_> = as_ada.split('.').collect();
    let other_secret = token::hmac_sha256(b"another secret, which has more than 32 bytes");
    for (name, token) in [
        (
            "claims of another",
            format!("{}.{}.{}", parts[0], of_ada[1], parts[2]),
        ),
        ("padding", format!("{as_ada}=")),
        ("space", format!("{} .{}", of_ada[0], of_ada[1..].join("."))),
        ("four parts", format!("{as_ada}.")),
        (
            "another secret",
            token::token(&json!({"alg": "HS256"}), &claims("ada"), other_secret),
        ),
        (
            "another key",
            token::token(
                &json!({"alg": "ES256"}),
                &claims("ada"),
                token::sign_ec(&token::new_ec()),
            ),
        ),
        (
            "an unknown key's name",
            token::es256_by("x", &token::new_ec(), &claims("ada")),
        ),
        ("no token", "ada".to_owned()),
        ("dots", "..".to_owned()),
        ("a long one", "x".repeat(12_000)),
    ] {
        is_refused_everywhere(&gateway, name, Some(&token), "unauthenticated").await;
    }
}

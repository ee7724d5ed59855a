//! Every transport and every operation, with every kind of token.

mod forged;
mod permission;

use std::time::Duration;

use serde_json::json;
use tokio::time::{sleep, timeout};

use super::transport::{Outcome, Transport, rejected};
use crate::support::{
    Gateway,
    token::{self, claims, claims_with, hs256, seconds_from_now},
};

/// Uses a token on a transport. Asserts that a rejected request never reaches Temporal.
async fn attempt(gateway: &Gateway, transport: &Transport, token: Option<&str>) -> Outcome {
    let before = gateway.engine.stats();
    let attempt = transport.attempt(gateway, token);
    let outcome = timeout(Duration::from_mins(5), attempt)
        .await
        .expect("an outcome in time");
    if outcome.is_err() {
        // The rejected request has no delayed effect.
        sleep(Duration::from_secs(1)).await;
        assert_eq!(gateway.engine.stats(), before);
    }
    outcome
}

/// Expects that every transport rejects a token with a code.
async fn expect_rejected(gateway: &Gateway, name: &str, token: Option<&str>, code: &str) {
    for transport in Transport::all() {
        let outcome = attempt(gateway, &transport, token).await;
        let (status, actual) = outcome.expect_err(&format!("{name} over {transport:?}"));
        assert_eq!(actual, code, "{name} over {transport:?}");
        let is_unauthenticated = matches!(status, None | Some(401));
        assert!(is_unauthenticated, "{name} over {transport:?}");
    }
}

// Covers AUTH-4, WS-3.
#[tokio::test(start_paused = true)]
async fn valid_tokens_of_each_algorithm_are_accepted() {
    let (past, ahead) = (seconds_from_now(-5), seconds_from_now(20));
    for token in [
        token::of("ada"),
        token::rs256(&claims("ada")),
        token::es256(&claims("ada")),
        // Clocks can differ by the leeway.
        token::with_claims(json!({"exp": past, "nbf": ahead, "iat": ahead})),
        // Several audiences, times with fractions.
        token::with_claims(json!({"aud": ["x", "other"], "exp": 99_999_999_999.5, "iat": 1.5})),
        // A time beyond all calendars.
        token::with_claims(json!({"exp": 1e18})),
    ] {
        let gateway = Gateway::with_tokens().await;
        for transport in Transport::all() {
            let outcome = attempt(&gateway, &transport, Some(&token)).await;
            assert_eq!(outcome, Ok(()), "{transport:?}");
        }
    }
}

// Covers AUTH-1, AUTH-2.
#[tokio::test(start_paused = true)]
async fn requests_without_credentials_are_rejected() {
    let gateway = Gateway::with_tokens().await;
    expect_rejected(&gateway, "no credentials", None, "unauthenticated").await;
}

// Covers AUTH-5.
#[tokio::test(start_paused = true)]
async fn expired_token_has_its_own_error_code() {
    let gateway = Gateway::with_tokens().await;
    let expired = claims_with("ada", json!({"exp": seconds_from_now(-60)}));
    for token in [
        hs256(&expired),
        token::rs256(&expired),
        token::es256(&expired),
    ] {
        expect_rejected(&gateway, "expired", Some(&token), "token_expired").await;
    }
    // The error does not tell a forger that the token has expired.
    let header = json!({"alg": "HS256"});
    let forged = token::signed(&header, &expired, token::hmac_sha256(&[7; 32]));
    expect_rejected(&gateway, "forged", Some(&forged), "unauthenticated").await;
}

// Covers AUTH-5, AUTH-7, AUTH-18.
#[tokio::test(start_paused = true)]
async fn invalid_claims_are_rejected() {
    let gateway = Gateway::with_tokens().await;
    for claim in [
        json!({"exp": null}),
        json!({"exp": "9999999999"}),
        json!({"exp": -1}),
        json!({"nbf": seconds_from_now(60)}),
        json!({"nbf": "now"}),
        json!({"iat": seconds_from_now(60)}),
        json!({"iat": []}),
        json!({"aud": null}),
        json!({"aud": "elsewhere"}),
        json!({"aud": ["elsewhere", "Gateway"]}),
        json!({"aud": []}),
        json!({"aud": {"gateway": true}}),
        json!({"iss": null}),
        json!({"iss": "https://issuer.test/"}),
        json!({"iss": 1}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 7}),
        json!({"sub": "x".repeat(257)}),
        json!({"fast_temporal": "all"}),
        json!({"fast_temporal": {"verbs": ["fly"]}}),
        json!({"fast_temporal": {"verbs": "start"}}),
        json!({"fast_temporal": {"workflow_ids": {"all": true}}}),
        json!({"fast_temporal": {"payload": true}}),
    ] {
        let name = claim.to_string();
        let token = token::with_claims(claim);
        expect_rejected(&gateway, &name, Some(&token), "unauthenticated").await;
    }
}

// Covers AUTH-18.
#[tokio::test(start_paused = true)]
async fn audience_is_rejected_if_none_is_configured() {
    let gateway = Gateway::with_tokens_and(|setup| {
        let jwt = setup.credentials().jwt.as_mut().unwrap();
        jwt.audiences.clear();
        jwt.issuers.clear();
    });
    let gateway = gateway.await;
    for (claim, expected) in [
        (json!({"aud": "gateway"}), rejected(401, "unauthenticated")),
        (
            json!({"aud": ["elsewhere"]}),
            rejected(401, "unauthenticated"),
        ),
        (json!({"aud": null}), Ok(())),
        (json!({"aud": null, "iss": null}), Ok(())),
    ] {
        let token = token::with_claims(claim.clone());
        let outcome = Transport::Ticket.attempt(&gateway, Some(&token)).await;
        assert_eq!(outcome, expected, "{claim}");
    }
}

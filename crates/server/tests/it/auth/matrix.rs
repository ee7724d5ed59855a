//! Every transport and every verb, with every kind of token.

mod allowed;
mod forged;

use std::time::Duration;

use fast_temporal_server::{CredentialsConfig, JwtConfig};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::transport::Outcome;
use super::transport::Transport;
use super::transport::workflow_of_ada;
use crate::support::{
    Gateway, token, token::but, token::claims, token::hs256, token::seconds_from_now,
};

async fn gateway() -> Gateway {
    let gateway = Gateway::start_with(token::config()).await;
    gateway.engine.workflow(&workflow_of_ada());
    gateway
}

/// Uses a token on a transport. Asserts that a rejected request never reaches Temporal.
async fn attempt(gateway: &Gateway, transport: Transport, token: Option<&str>) -> Outcome {
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

async fn is_refused_everywhere(gateway: &Gateway, name: &str, token: Option<&str>, code: &str) {
    for transport in Transport::all() {
        let (status, refused) = attempt(gateway, transport, token)
            .await
            .expect_err(&format!("{name} over {transport:?}"));
        assert_eq!(refused, code, "{name} over {transport:?}");
        assert!(
            matches!(status, None | Some(401)),
            "{name} over {transport:?}"
        );
    }
}

// Covers AUTH-4.
#[expect(clippy::type_complexity, reason = "it is a table of one use")]
#[tokio::test(start_paused = true)]
async fn valid_tokens_of_each_algorithm_are_accepted() {
    let with = |others: Value| hs256(&but(claims("ada"), others));
    let tokens: [fn(&dyn Fn(Value) -> String) -> String; 6] = [
        |_| token::of("ada"),
        |_| token::rs256(&claims("ada")),
        |_| token::es256(&claims("ada")),
        // Clocks may differ by the leeway.
        |with| {
            let (past, ahead) = (seconds_from_now(-5), seconds_from_now(20));
            with(json!({"exp": past, "nbf": ahead, "iat": ahead}))
        },
        // Several audiences, times with fractions.
        |with| with(json!({"aud": ["x", "other"], "exp": 99_999_999_999.5, "iat": 1.5})),
        // An end that no calendar has.
        |with| with(json!({"exp": 1e18})),
    ];
    for token in tokens {
        let gateway = gateway().await;
        for transport in Transport::all() {
            let outcome = attempt(&gateway, transport, Some(&token(&with))).await;
            assert_eq!(outcome, Ok(()), "{transport:?}");
        }
    }
}

// Covers AUTH-1, AUTH-2.
#[tokio::test(start_paused = true)]
async fn requests_without_credentials_are_rejected() {
    let gateway = gateway().await;
    is_refused_everywhere(&gateway, "nothing", None, "unauthenticated").await;
}

// Covers AUTH-5.
#[tokio::test(start_paused = true)]
async fn expired_token_has_its_own_error_code() {
    let gateway = gateway().await;
    let ended = but(claims("ada"), json!({"exp": seconds_from_now(-60)}));
    for token in [hs256(&ended), token::rs256(&ended), token::es256(&ended)] {
        is_refused_everywhere(&gateway, "ended", Some(&token), "token_expired").await;
    }
    // The error reveals nothing to the forger of a token.
    let header = json!({"alg": "HS256"});
    let made_up = token::token(&header, &ended, token::hmac_sha256(&[7; 32]));
    is_refused_everywhere(&gateway, "made up", Some(&made_up), "unauthenticated").await;
}

// Covers AUTH-5, AUTH-18, AUTH-7.
#[tokio::test(start_paused = true)]
async fn invalid_claims_are_rejected() {
    let gateway = gateway().await;
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
        let token = hs256(&but(claims("ada"), claim));
        is_refused_everywhere(&gateway, &name, Some(&token), "unauthenticated").await;
    }
}

// Covers AUTH-18.
#[tokio::test(start_paused = true)]
async fn audience_is_rejected_if_none_is_configured() {
    let jwt = JwtConfig {
        audiences: Vec::new(),
        issuers: Vec::new(),
        ..token::jwt_config()
    };
    let gateway = Gateway::start_with(token::with_auth(CredentialsConfig {
        jwt: Some(jwt),
        ..CredentialsConfig::default()
    }))
    .await;
    let refused = Err((Some(401), "unauthenticated".to_owned()));
    for (claim, expected) in [
        (json!({"aud": "gateway"}), refused.clone()),
        (json!({"aud": ["elsewhere"]}), refused),
        (json!({"aud": null}), Ok(())),
        (json!({"aud": null, "iss": null}), Ok(())),
    ] {
        let token = hs256(&but(claims("ada"), claim.clone()));
        let outcome = Transport::Ticket.attempt(&gateway, Some(&token)).await;
        assert_eq!(outcome, expected, "{claim}");
    }
}

//! Every transport, with every kind of token.

use std::time::Duration;

use axum::{body::Body, http::Request};
use fast_temporal_core::{Verb, owner};
use fast_temporal_protocol::path;
use fast_temporal_server::auth::{CredentialsConfig, JwtConfig};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    token::{self, but, claims, hs256, seconds_from_now},
    transport::{Outcome, Transport, workflow_of_ada},
};
use crate::gateway::{self, Gateway};

async fn gateway() -> Gateway {
    let gateway = Gateway::start_with(token::config()).await;
    gateway.engine.workflow(&workflow_of_ada());
    gateway
}

/// What becomes of a token on a transport. Nothing that is refused reaches Temporal.
async fn attempt(gateway: &Gateway, transport: Transport, token: Option<&str>) -> Outcome {
    let before = gateway.engine.stats();
    let attempt = transport.attempt(gateway, token);
    let outcome = timeout(Duration::from_mins(5), attempt)
        .await
        .expect("an outcome in time");
    if outcome.is_err() {
        assert_eq!(gateway.engine.stats(), before);
    }
    outcome
}

async fn is_refused_everywhere(gateway: &Gateway, name: &str, token: Option<&str>, code: &str) {
    for transport in Transport::ALL {
        let (status, refused) = attempt(gateway, *transport, token)
            .await
            .expect_err(&format!("{name} over {transport:?}"));
        assert_eq!(refused, code, "{name} over {transport:?}");
        assert!(
            matches!(status, None | Some(401)),
            "{name} over {transport:?}"
        );
    }
}

#[expect(clippy::type_complexity, reason = "it is a table of one use")]
#[tokio::test(start_paused = true)]
async fn good_tokens_are_taken_whatever_their_algorithm() {
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
        for transport in Transport::ALL {
            let outcome = attempt(&gateway, *transport, Some(&token(&with))).await;
            assert_eq!(outcome, Ok(()), "{transport:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_credentials_nothing_is_done() {
    let gateway = gateway().await;
    is_refused_everywhere(&gateway, "nothing", None, "unauthenticated").await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_ended_is_told_apart_from_one_that_never_was_good() {
    let gateway = gateway().await;
    let ended = but(claims("ada"), json!({"exp": seconds_from_now(-60)}));
    for token in [hs256(&ended), token::rs256(&ended), token::es256(&ended)] {
        is_refused_everywhere(&gateway, "ended", Some(&token), "token_expired").await;
    }
    // Whoever made it up learns nothing.
    let header = json!({"alg": "HS256"});
    let made_up = token::token(&header, &ended, token::hmac_sha256(&[7; 32]));
    is_refused_everywhere(&gateway, "made up", Some(&made_up), "unauthenticated").await;
}

#[tokio::test(start_paused = true)]
async fn claims_that_are_not_as_they_must_be_are_refused() {
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
        json!({"fast_temporal": {"ids": {"all": true}}}),
        json!({"fast_temporal": {"payload": true}}),
    ] {
        let name = claim.to_string();
        let token = hs256(&but(claims("ada"), claim));
        is_refused_everywhere(&gateway, &name, Some(&token), "unauthenticated").await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_audience_is_refused_where_none_is_configured() {
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

#[tokio::test(start_paused = true)]
async fn a_token_can_not_choose_how_it_is_checked() {
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

#[tokio::test(start_paused = true)]
async fn what_was_changed_or_signed_by_somebody_else_is_refused() {
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

#[tokio::test(start_paused = true)]
async fn what_belongs_to_somebody_else_is_not_there() {
    let gateway = gateway().await;
    let bob = token::of("bob");
    for transport in Transport::ALL {
        let before = gateway.engine.stats();
        let outcome = transport.attempt(&gateway, Some(&bob)).await;
        let expected = match transport {
            Transport::V1 | Transport::V1Auth => Err((None, "not_found".to_owned())),
            // Everybody has a name: that gives nothing away.
            Transport::Seed => Err((Some(403), "forbidden".to_owned())),
            transport if transport.names_a_workflow() => Err((Some(404), "not_found".to_owned())),
            _ => Ok(()),
        };
        assert_eq!(outcome, expected, "{transport:?}");
        if expected.is_err() {
            // How long it takes says nothing either.
            assert_eq!(gateway.engine.stats(), before, "{transport:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_somebody_else_looks_like_what_is_not_there() {
    let gateway = gateway().await;
    let missing = format!("{}missing", owner::prefix("bob"));
    let get = async |workflow_id: &str, rest: &str| {
        let id = path::encode_workflow_id(workflow_id);
        let request = Request::get(format!("/v1/workflows/{id}{rest}"))
            .header("authorization", format!("Bearer {}", token::of("bob")))
            .body(Body::empty())
            .unwrap();
        let response = gateway.request(request).await;
        let headers = format!("{:?}", response.headers());
        (headers, gateway::json(response).await)
    };
    for rest in ["", "/events", "/events?wait=0", "/result?wait=0"] {
        let foreign = get(&workflow_of_ada(), rest).await;
        assert_eq!(foreign, get(&missing, rest).await, "{rest}");
        assert_eq!(foreign.1.0, 404, "{rest}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_credentials_do_not_allow_is_forbidden() {
    let gateway = gateway().await;
    for transport in Transport::ALL {
        for missing in transport.verbs() {
            let all = Verb::ALL.iter().map(|verb| verb.as_str());
            let verbs: Vec<_> = all.filter(|verb| *verb != missing).collect();
            let narrow = json!({"fast_temporal": {"verbs": verbs}});
            let token = hs256(&but(claims("ada"), narrow));
            let (status, code) = attempt(&gateway, *transport, Some(&token))
                .await
                .expect_err("refused");
            assert_eq!(code, "forbidden", "{transport:?} without {missing}");
            assert!(matches!(status, None | Some(403)), "{transport:?}");
        }
    }
}

//! Signs tokens as somebody else will in production, who knows the users.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use fast_temporal_server::auth::{JwtAlgorithm, JwtConfig, sign_jwt};
use serde_json::{Map, Value};

use crate::{
    args::TokenJwtArgs,
    config::{Settings, Sources, auth},
    exit::UsageError,
};

/// A token that the gateway takes, if it has these settings. Claims that are given count, whatever
/// they make of it.
pub fn token(arguments: TokenJwtArgs) -> anyhow::Result<String> {
    let settings = Settings::load(&Sources::gather(arguments.file.flags())?)?;
    let (Some(secret), Some(jwt)) = (&settings.auth.jwt_secret, &settings.auth.credentials.jwt)
    else {
        let name = auth::JWT_SECRET.variable;
        let message = format!("there is no secret to sign with: set {name}");
        return Err(UsageError(message).into());
    };
    if !jwt.algorithms.contains(&JwtAlgorithm::Hs256) {
        let name = auth::JWT_ALGORITHMS.variable;
        let message = format!("{name} does not allow HS256, so no secret is of use");
        return Err(UsageError(message).into());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.context("the clock is before 1970")?.as_secs();
    let mut claims = claims(
        jwt,
        arguments.subject,
        now,
        now + arguments.expires.as_secs(),
    );
    claims.extend(arguments.claims);
    Ok(sign_jwt(secret, &claims))
}

fn claims(jwt: &JwtConfig, subject: String, now: u64, end: u64) -> Map<String, Value> {
    let named = |name: &str, value: Value| (name.to_owned(), value);
    let mut claims = Map::from_iter([
        named(&jwt.subject_claim, subject.into()),
        named("iat", now.into()),
        named("exp", end.into()),
    ]);
    let issuer = jwt
        .issuers
        .first()
        .map(|name| named("iss", name.as_str().into()));
    let audience = jwt
        .audiences
        .first()
        .map(|name| named("aud", name.as_str().into()));
    claims.extend(issuer.into_iter().chain(audience));
    claims
}

//! Tickets: short-lived credentials for URLs.
//!
//! A ticket is a JSON Web Token of the gateway itself, signed with a key that verifies no user's token.
//! It carries its permissions, so any node with the same key can verify it, and none stores it.

use std::sync::Arc;

use fast_temporal_core::{Permissions, Principal};
use fast_temporal_protocol::{ErrorBody, ErrorCode, v1::TicketResult};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Validation, decode_header, errors::ErrorKind};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::warn;

use super::{auth_config::CredentialsConfig, jwt_key::JwtKey, secret::Secret};
use crate::error::unauthenticated;

/// The type of tickets (`typ`), which users' tokens must not have.
pub(super) const TYPE: &str = "fast-temporal-ticket";
/// The prefix of tickets.
const PREFIX: &str = "ftt_";
/// The purpose for which keys are derived: a secret that also signs users' tokens never signs a ticket
/// itself, so neither token can pass for the other.
const KEY_PURPOSE: &[u8] = b"fast-temporal ticket 1";

/// Issues and verifies tickets.
pub(super) struct TicketIssuer {
    signing_key: Secret,
    verifying_keys: Vec<JwtKey>,
    max_connection_duration: SignedDuration,
}

/// The claims of a ticket.
#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sub: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backend: Option<Arc<str>>,
    /// Until when a connection can be opened with it.
    exp: i64,
    /// When such a connection is closed.
    end: i64,
    permissions: Value,
}

impl TicketIssuer {
    /// Derives keys from the configured ticket keys, else from the secrets of users' tokens. Hashes of
    /// API keys do not qualify: a reader of the configuration must not be able to sign.
    pub(super) fn new(config: &CredentialsConfig) -> Self {
        let own = config.tickets.keys.iter().map(Secret::as_bytes);
        let mut secrets: Vec<Secret> = own.map(derive_key).collect();
        if secrets.is_empty() {
            let jwt_keys = config.jwt.iter().flat_map(|jwt| &jwt.keys);
            secrets = jwt_keys
                .filter_map(JwtKey::secret)
                .map(derive_key)
                .collect();
        }
        if secrets.is_empty() {
            warn!(
                "no ticket key configured: tickets are valid on the node that issued them, until it stops"
            );
            secrets.push(Secret::random());
        }
        let limit = config.tickets.max_connection_duration;
        Self::with_keys(&secrets, limit.try_into().unwrap_or(SignedDuration::MAX))
    }

    /// For a gateway without authentication, so that clients work there unchanged. Its tickets are
    /// valid while the process runs.
    pub(super) fn open() -> Self {
        Self::with_keys(&[Secret::random()], SignedDuration::MAX)
    }

    /// The first key signs, all verify.
    fn with_keys(keys: &[Secret], max_connection_duration: SignedDuration) -> Self {
        Self {
            signing_key: keys[0].clone(),
            verifying_keys: keys.iter().map(JwtKey::hs256).collect(),
            max_connection_duration,
        }
    }

    /// Whether a token is a ticket, valid or not.
    pub(super) fn matches(token: &str) -> bool {
        token.starts_with(PREFIX)
    }

    /// Issues a ticket for a principal, with which connections can be opened for `lifetime`.
    pub(super) fn issue(
        &self,
        bearer: &Principal,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> TicketResult {
        let limit = now
            .saturating_add(self.max_connection_duration)
            .unwrap_or(Timestamp::MAX);
        let end = bearer.expires_at.map_or(limit, |end| end.min(limit));
        let expires_at = now.saturating_add(lifetime).unwrap_or(end).min(end);
        let claims = Claims {
            sub: bearer.subject.clone(),
            backend: bearer.backend.clone(),
            exp: expires_at.as_second(),
            end: end.as_second(),
            permissions: bearer.permissions.to_json(),
        };
        let token = self.signing_key.sign(TYPE, &claims);
        TicketResult {
            ticket: format!("{PREFIX}{token}"),
            expires_at: Timestamp::from_second(claims.exp).unwrap_or(expires_at),
        }
    }

    /// The principal of a ticket.
    pub(super) fn check(&self, token: &str, now: Timestamp) -> Result<Principal, ErrorBody> {
        let token = token.strip_prefix(PREFIX).ok_or_else(invalid_ticket)?;
        let header = decode_header(token).map_err(|_| invalid_ticket())?;
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::HS256 {
            return Err(invalid_ticket());
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // Checked below, to the second and without leeway: a gateway's own clock wrote it.
        validation.validate_exp = false;
        for key in &self.verifying_keys {
            return match key.decode::<Claims>(token, &validation) {
                Err(error) if *error.kind() == ErrorKind::InvalidSignature => continue,
                Err(_) => Err(invalid_ticket()),
                Ok(claims) => claims.principal(now),
            };
        }
        Err(invalid_ticket())
    }
}

impl Claims {
    fn principal(self, now: Timestamp) -> Result<Principal, ErrorBody> {
        let end = Timestamp::from_second(self.end).map_err(|_| invalid_ticket())?;
        // A ticket that expires at second 5 is expired at second 5.
        if self.exp <= now.as_second() || end <= now {
            return Err(ErrorBody::new(
                ErrorCode::TokenExpired,
                "the ticket has expired; request a new one",
            ));
        }
        let permissions = Permissions::from_json(&self.permissions, &Permissions::none())
            .map_err(|_| invalid_ticket())?;
        Ok(Principal {
            subject: self.sub,
            backend: self.backend,
            permissions: Arc::new(permissions),
            expires_at: Some(end),
        })
    }
}

fn derive_key(secret: &[u8]) -> Secret {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    Secret::new(hmac::sign(&key, KEY_PURPOSE).as_ref()).expect("the hash has 32 bytes")
}

fn invalid_ticket() -> ErrorBody {
    unauthenticated("invalid ticket: malformed, or issued by another gateway")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    fn issue(issuer: &TicketIssuer, expires_after: Option<i64>) -> String {
        let principal = Principal {
            subject: Some("ada".into()),
            backend: None,
            permissions: Arc::new(Permissions::own()),
            expires_at: expires_after.map(after),
        };
        let lifetime = SignedDuration::from_secs(60);
        issuer.issue(&principal, lifetime, after(0)).ticket
    }

    // Covers AUTH-14.
    #[test]
    fn expired_ticket_is_rejected() {
        let issuer = TicketIssuer::with_keys(&[Secret::random()], SignedDuration::from_hours(1));
        let codes = |ticket: &str, seconds: i64| {
            let outcome = issuer.check(ticket, after(seconds));
            outcome
                .map(|principal| principal.expires_at)
                .map_err(|error| error.code)
        };
        let ticket = issue(&issuer, None);
        for seconds in [0, 1, 59] {
            assert_eq!(codes(&ticket, seconds), Ok(Some(after(3600))));
        }
        for seconds in [60, 61, 3600, 100_000] {
            assert_eq!(codes(&ticket, seconds), Err(ErrorCode::TokenExpired));
        }
        let ticket = issue(&issuer, Some(20));
        assert_eq!(codes(&ticket, 19), Ok(Some(after(20))));
        assert_eq!(codes(&ticket, 20), Err(ErrorCode::TokenExpired));
    }
}

//! Tickets: short-lived credentials for URLs.
//!
//! A ticket is a JSON Web Token of the gateway itself, signed with a key that verifies no user's token.
//! It carries its permissions, so any node with the same key can verify it, and none stores it.

use std::sync::Arc;

use fast_temporal_core::{Permissions, Principal};
use fast_temporal_protocol::{ErrorBody, ErrorCode, v1::TicketResult};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Validation, decode_header, errors::ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CredentialsConfig, jwt, sign::sign, ticket_key::TicketKeys, unauthenticated};

/// The type of tickets (`typ`), which users' tokens must not have.
pub(super) const TYPE: &str = "fast-temporal-ticket";
/// How tickets begin.
const PREFIX: &str = "ftt_";

/// Issues and verifies tickets.
pub(super) struct TicketIssuer {
    keys: TicketKeys,
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
    pub(super) fn new(config: &CredentialsConfig) -> Self {
        let limit = config.tickets.max_connection_duration;
        Self {
            keys: TicketKeys::new(config),
            max_connection_duration: limit.try_into().unwrap_or(SignedDuration::MAX),
        }
    }

    /// For a gateway without authentication, so that clients work there unchanged.
    pub(super) fn open() -> Self {
        Self {
            keys: TicketKeys::random(),
            max_connection_duration: SignedDuration::MAX,
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
        let token = sign(self.keys.signing(), TYPE, &claims);
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
        for key in self.keys.verifying() {
            return match jwt::decode_with::<Claims>(token, key, &validation) {
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
        let issuer = TicketIssuer {
            keys: TicketKeys::random(),
            max_connection_duration: SignedDuration::from_hours(1),
        };
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

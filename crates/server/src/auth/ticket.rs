//! Tickets: credentials for a short time, which may stand in a URL.
//!
//! A ticket is a JSON Web Token of the gateway's own, signed by a key that no user's token is
//! checked with. It says what it is good for, so any node with the same key can check it, and none
//! has to remember it.

mod key;
mod request;
mod scope;

use std::sync::Arc;

use fast_temporal_core::{Permissions, Principal};
use fast_temporal_protocol::{ErrorBody, ErrorCode, v1::TicketResult};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation, decode_header, errors::ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::key::TicketKeys;
pub(crate) use self::request::give_ticket;
pub(super) use self::scope::Scoped;
use super::{CredentialsConfig, jwt, sign::sign, unauthenticated};

/// What tickets say they are (`typ`), and users' tokens must not.
pub(super) const TYPE: &str = "fast-temporal-ticket";
/// What tickets begin with.
const PREFIX: &str = "ftt_";

/// Makes and checks tickets.
pub(super) struct TicketOffice {
    keys: TicketKeys,
    session_limit: jiff::SignedDuration,
}

/// What a ticket says.
#[derive(Serialize, Deserialize)]
struct Ticket {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sub: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backend: Option<Arc<str>>,
    /// Until when a connection may be opened with it.
    exp: i64,
    /// When such a connection ends.
    end: i64,
    permissions: Value,
}

impl TicketOffice {
    pub(super) fn new(config: &CredentialsConfig) -> Self {
        let limit = config.tickets.session_limit;
        Self {
            keys: TicketKeys::new(config),
            session_limit: limit.try_into().unwrap_or(jiff::SignedDuration::MAX),
        }
    }

    /// For where clients need no credentials: what works there works elsewhere, too.
    pub(super) fn open() -> Self {
        Self {
            keys: TicketKeys::random(),
            session_limit: jiff::SignedDuration::MAX,
        }
    }

    /// Whether a token is of this kind, good or not.
    pub(super) fn is_one(token: &str) -> bool {
        token.starts_with(PREFIX)
    }

    /// A ticket for what a principal asked for.
    pub(super) fn issue(&self, scoped: &Scoped, now: Timestamp) -> TicketResult {
        let limit = now
            .saturating_add(self.session_limit)
            .unwrap_or(Timestamp::MAX);
        let end = scoped
            .principal
            .expires_at
            .map_or(limit, |end| end.min(limit));
        let expires_at = now.saturating_add(scoped.lifetime).unwrap_or(end).min(end);
        let ticket = Ticket {
            sub: scoped.principal.subject.clone(),
            backend: scoped.principal.backend.clone(),
            exp: expires_at.as_second(),
            end: end.as_second(),
            permissions: scoped.principal.permissions.to_json(),
        };
        let token = sign(self.keys.signing(), TYPE, &ticket);
        TicketResult {
            ticket: format!("{PREFIX}{token}"),
            expires_at: Timestamp::from_second(ticket.exp).unwrap_or(expires_at),
        }
    }

    /// Whom a ticket speaks for.
    pub(super) fn check(&self, token: &str, now: Timestamp) -> Result<Principal, ErrorBody> {
        let token = token.strip_prefix(PREFIX).ok_or_else(no_ticket)?;
        let header = decode_header(token).map_err(|_| no_ticket())?;
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::HS256 {
            return Err(no_ticket());
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // Below, and to the second: it was the gateway's own clock.
        validation.validate_exp = false;
        for key in self.keys.checking() {
            return match jwt::decode_with::<Ticket>(token, key, &validation) {
                Err(error) if *error.kind() == ErrorKind::InvalidSignature => continue,
                Err(_) => Err(no_ticket()),
                Ok(ticket) => ticket.principal(now),
            };
        }
        Err(no_ticket())
    }
}

impl Ticket {
    fn principal(self, now: Timestamp) -> Result<Principal, ErrorBody> {
        let end = Timestamp::from_second(self.end).map_err(|_| no_ticket())?;
        // A second has passed where its number has: what ends "at 5" is over at 5.
        if self.exp <= now.as_second() || end <= now {
            return Err(ended());
        }
        let permissions = Permissions::from_json(&self.permissions, &Permissions::none())
            .map_err(|_| no_ticket())?;
        Ok(Principal {
            subject: self.sub,
            backend: self.backend,
            permissions: Arc::new(permissions),
            expires_at: Some(end),
        })
    }
}

fn no_ticket() -> ErrorBody {
    unauthenticated("the ticket is none, or of another gateway")
}

fn ended() -> ErrorBody {
    ErrorBody::new(ErrorCode::TokenExpired, "the ticket has ended")
}

#[cfg(test)]
mod tests {
    use fast_temporal_protocol::v1::TicketRequest;
    use jiff::SignedDuration;

    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    fn issue(office: &TicketOffice, ends: Option<i64>) -> String {
        let principal = Principal {
            subject: Some("ada".into()),
            backend: None,
            permissions: Arc::new(Permissions::own()),
            expires_at: ends.map(after),
        };
        let scoped = Scoped::of(&principal, TicketRequest::default()).expect("a scope");
        office.issue(&scoped, after(0)).ticket
    }

    // Covers AUTH-14.
    #[test]
    fn an_ended_ticket_opens_nothing() {
        let office = TicketOffice {
            keys: TicketKeys::random(),
            session_limit: SignedDuration::from_hours(1),
        };
        let codes = |ticket: &str, seconds: i64| {
            let outcome = office.check(ticket, after(seconds));
            outcome
                .map(|principal| principal.expires_at)
                .map_err(|error| error.code)
        };
        let ticket = issue(&office, None);
        for seconds in [0, 1, 59] {
            assert_eq!(codes(&ticket, seconds), Ok(Some(after(3600))));
        }
        for seconds in [60, 61, 3600, 100_000] {
            assert_eq!(codes(&ticket, seconds), Err(ErrorCode::TokenExpired));
        }
        let ticket = issue(&office, Some(20));
        assert_eq!(codes(&ticket, 19), Ok(Some(after(20))));
        assert_eq!(codes(&ticket, 20), Err(ErrorCode::TokenExpired));
    }
}

//! Credentials, tickets, and signs of life.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Credentials for a connection: instead of those that it came with, or the first.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthRequest {
    /// A JSON Web Token, a ticket or an API key.
    pub token: String,
}

impl std::fmt::Debug for AuthRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthRequest(…)")
    }
}

/// Whom a connection speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthResult {
    /// The subject; absent for a backend that acts for nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When the credentials end; absent where they don't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
}

/// Asks for a ticket: credentials for a short time, which may stand in a URL. A ticket allows no
/// more than the credentials that it was asked for with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TicketRequest {
    /// The user that the ticket speaks for: the principal's own subject where absent, and any for
    /// principals that may act for any. In somebody else's name, a ticket reaches what belongs to
    /// them and the names of the catalog, and nothing past these.
    #[schemars(length(max = 256))]
    pub subject: Option<String>,
    /// The only verbs that it is good for. All of the principal's where absent.
    pub verbs: Option<Vec<String>>,
    /// The only names in the catalog that it may start; then nothing past the catalog, either. As
    /// the principal where absent.
    pub workflows: Option<Vec<String>>,
    /// The only workflow ids that it is good for. Those that could not be named without this field
    /// do not count. As the principal where absent.
    pub workflow_ids: Option<Vec<String>>,
    /// Whether it may see inputs and intermediate results. As the principal where absent.
    pub payloads: Option<bool>,
    /// For how many seconds a connection may be opened with it: 60 where absent, at most 300.
    #[schemars(range(min = 1, max = 300))]
    pub expires_in_seconds: Option<u32>,
}

/// A ticket.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketResult {
    /// For `?ticket=`, or as any other token.
    pub ticket: String,
    /// When it ends.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for TicketResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TicketResult(…, until {})", self.expires_at)
    }
}

/// The answer to `ping`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PingResult {
    /// The gateway's clock.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
}

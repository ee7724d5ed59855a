//! Credentials, tickets and ping.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Credentials for a connection. They replace those that it has.
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

/// The principal of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthResult {
    /// The subject; absent for a backend that does not act for a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When the credentials expire; absent if they don't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
}

/// A request for a ticket: short-lived credentials that can be part of a URL. A ticket never permits
/// more than the credentials that requested it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TicketRequest {
    /// The user of the ticket, by default the principal's own subject. Another user needs the
    /// permission `any_user`; the ticket then reaches that user's workflows and the catalog, nothing
    /// else.
    #[schemars(length(max = 256))]
    pub subject: Option<String>,
    /// The permitted verbs. By default all of the principal's.
    pub verbs: Option<Vec<String>>,
    /// The catalog names that the ticket can start; with this field, it starts nothing outside the
    /// catalog. By default those of the principal.
    pub workflows: Option<Vec<String>>,
    /// The workflow ids that the ticket can access; ids that the principal cannot access are
    /// ignored. By default those of the principal.
    pub workflow_ids: Option<Vec<String>>,
    /// Whether payloads are visible. By default as for the principal.
    pub payloads: Option<bool>,
    /// How long the ticket can open connections, in seconds: at most 300, by default 60.
    #[schemars(range(min = 1, max = 300))]
    pub expires_in_seconds: Option<u32>,
}

/// A ticket.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketResult {
    /// The ticket: for `?ticket=`, or in place of any other token.
    pub ticket: String,
    /// When the ticket expires.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for TicketResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TicketResult(…, until {})", self.expires_at)
    }
}

/// The response to `ping`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PingResult {
    /// The gateway's time.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
}

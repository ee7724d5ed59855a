//! The keys of tickets.

use ring::hmac;
use tracing::warn;

use crate::auth::{CredentialsConfig, JwtKey, Secret};

/// What keys are derived for: a secret that also signs users' tokens signs no ticket itself, so one
/// can never stand for the other.
const PURPOSE: &[u8] = b"fast-temporal ticket 1";

/// The first signs, all check.
pub(super) struct TicketKeys {
    signing: Secret,
    checking: Vec<JwtKey>,
}

impl TicketKeys {
    /// From the keys that are configured for tickets; else from the secrets that users' tokens are
    /// checked with. Hashes of API keys will not do: whoever reads them must gain nothing by it.
    pub(super) fn new(config: &CredentialsConfig) -> Self {
        let own = config.tickets.keys.iter().map(Secret::as_bytes);
        let mut secrets: Vec<Secret> = own.map(derive).collect();
        if secrets.is_empty() {
            let jwt_keys = config.jwt.iter().flat_map(|jwt| &jwt.keys);
            secrets = jwt_keys.filter_map(JwtKey::secret).map(derive).collect();
        }
        if secrets.is_empty() {
            warn!(
                "no key for tickets is configured: a ticket is good on the node that made it, until it stops"
            );
            secrets.push(Secret::random());
        }
        Self::of(secrets)
    }

    /// Keys that are good for as long as the process runs.
    pub(super) fn random() -> Self {
        Self::of(vec![Secret::random()])
    }

    fn of(secrets: Vec<Secret>) -> Self {
        Self {
            checking: secrets.iter().map(JwtKey::of).collect(),
            signing: secrets.into_iter().next().expect("there is at least one"),
        }
    }

    pub(super) fn signing(&self) -> &Secret {
        &self.signing
    }

    pub(super) fn checking(&self) -> &[JwtKey] {
        &self.checking
    }
}

fn derive(secret: &[u8]) -> Secret {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    Secret::new(hmac::sign(&key, PURPOSE).as_ref()).expect("the hash has 32 bytes")
}

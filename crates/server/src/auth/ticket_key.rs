//! Keys that sign and verify tickets.

use ring::hmac;
use tracing::warn;

use super::{CredentialsConfig, JwtKey, Secret};

/// The purpose for which keys are derived: a secret that also signs users' tokens never signs a ticket
/// itself, so neither token can pass for the other.
const PURPOSE: &[u8] = b"fast-temporal ticket 1";

/// The first key signs, all verify.
pub(super) struct TicketKeys {
    signing: Secret,
    verifying: Vec<JwtKey>,
}

impl TicketKeys {
    /// Derives keys from the configured ticket keys, else from the secrets of users' tokens. Hashes of
    /// API keys do not qualify: whoever reads them must not be able to sign.
    pub(super) fn new(config: &CredentialsConfig) -> Self {
        let own = config.tickets.keys.iter().map(Secret::as_bytes);
        let mut secrets: Vec<Secret> = own.map(derive).collect();
        if secrets.is_empty() {
            let jwt_keys = config.jwt.iter().flat_map(|jwt| &jwt.keys);
            secrets = jwt_keys.filter_map(JwtKey::secret).map(derive).collect();
        }
        if secrets.is_empty() {
            warn!(
                "no ticket key configured: tickets are valid on the node that issued them, until it stops"
            );
            secrets.push(Secret::random());
        }
        Self::from_secrets(secrets)
    }

    /// Keys that are valid while the process runs.
    pub(super) fn random() -> Self {
        Self::from_secrets(vec![Secret::random()])
    }

    fn from_secrets(secrets: Vec<Secret>) -> Self {
        Self {
            verifying: secrets.iter().map(JwtKey::hs256).collect(),
            signing: secrets.into_iter().next().expect("there is at least one"),
        }
    }

    pub(super) fn signing(&self) -> &Secret {
        &self.signing
    }

    pub(super) fn verifying(&self) -> &[JwtKey] {
        &self.verifying
    }
}

fn derive(secret: &[u8]) -> Secret {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    Secret::new(hmac::sign(&key, PURPOSE).as_ref()).expect("the hash has 32 bytes")
}

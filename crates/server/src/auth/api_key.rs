//! API keys of backends: `ft_<id>_<secret>`. The configuration contains the id and a hash of the secret.
//!
//! The hash is plain SHA-256: the secret is 32 random bytes, so it cannot be guessed, and a slow hash
//! would protect nothing.

use std::{fmt, sync::Arc};

use data_encoding::{BASE32_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use fast_temporal_core::{Permissions, Principal, owner::MAX_SUBJECT_BYTES};
use ring::{digest, hmac};

use super::secret::Secret;

/// The prefix of keys. It distinguishes them from other tokens, and lets scanners find leaked ones.
const PREFIX: &str = "ft_";
const MAX_ID_BYTES: usize = 64;
/// 256 bits of base32.
const MIN_SECRET_BYTES: usize = 52;

/// An API key as it is configured.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    id: String,
    secret_sha256: [u8; 32],
    permissions: Arc<Permissions>,
    subject: Option<Arc<str>>,
}

/// A new API key.
#[derive(Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// The id.
    pub id: String,
    /// The key, for the backend alone.
    pub text: String,
    /// The SHA-256 hash of its secret in hex, for the configuration.
    pub secret_sha256: String,
}

/// Why an API key is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// The id.
    #[error("invalid id: expected 1 to {MAX_ID_BYTES} letters, digits and hyphens")]
    InvalidId,
    /// The hash.
    #[error("invalid hash: expected SHA-256 as 64 hexadecimal digits")]
    InvalidHash,
    /// The whole key.
    #[error("invalid API key: expected {PREFIX}<id>_<secret>, as it was generated")]
    InvalidKey,
    /// The subject.
    #[error("invalid subject: expected 1 to {MAX_SUBJECT_BYTES} bytes")]
    InvalidSubject,
}

impl ApiKey {
    /// A key from its id and the hash of its secret in hex.
    pub fn new(
        id: &str,
        secret_sha256: &str,
        permissions: Permissions,
    ) -> Result<Self, ApiKeyError> {
        check_id(id)?;
        let hash = HEXLOWER_PERMISSIVE
            .decode(secret_sha256.as_bytes())
            .ok()
            .and_then(|hash| hash.try_into().ok());
        Ok(Self {
            id: id.to_owned(),
            secret_sha256: hash.ok_or(ApiKeyError::InvalidHash)?,
            permissions: Arc::new(permissions),
            subject: None,
        })
    }

    /// The same key, for a backend that acts for this subject.
    pub fn with_subject(mut self, subject: &str) -> Result<Self, ApiKeyError> {
        if !(1..=MAX_SUBJECT_BYTES).contains(&subject.len()) {
            return Err(ApiKeyError::InvalidSubject);
        }
        self.subject = Some(subject.into());
        Ok(self)
    }

    /// Generates a new key.
    pub fn generate(id: &str) -> Result<NewApiKey, ApiKeyError> {
        check_id(id)?;
        let mut secret = BASE32_NOPAD.encode(Secret::random().as_bytes());
        secret.make_ascii_lowercase();
        Self::recognize(&format!("{PREFIX}{id}_{secret}"))
    }

    /// Parses a key that was generated before, so that it can be configured again.
    pub fn recognize(text: &str) -> Result<NewApiKey, ApiKeyError> {
        let parts = text
            .strip_prefix(PREFIX)
            .and_then(|text| text.split_once('_'));
        let (id, secret) = parts.ok_or(ApiKeyError::InvalidKey)?;
        check_id(id)?;
        if secret.len() < MIN_SECRET_BYTES {
            return Err(ApiKeyError::InvalidKey);
        }
        Ok(NewApiKey {
            id: id.to_owned(),
            text: text.to_owned(),
            secret_sha256: HEXLOWER.encode(&sha256(secret)),
        })
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The permissions of the backend.
    pub fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    /// The subject that the backend acts for.
    pub fn subject(&self) -> Option<&Arc<str>> {
        self.subject.as_ref()
    }

    pub(super) fn principal(&self) -> Principal {
        Principal {
            subject: self.subject.clone(),
            backend: Some(format!("key:{}", self.id).into()),
            permissions: Arc::clone(&self.permissions),
            expires_at: None,
        }
    }

    /// Whether a token is an API key, valid or not.
    pub(super) fn matches(token: &str) -> bool {
        token.starts_with(PREFIX)
    }

    /// Finds the configured key of a token. The time it takes reveals nothing about the secret.
    pub(super) fn find<'a>(keys: &'a [Self], token: &str) -> Option<&'a Self> {
        let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
        if secret.len() < MIN_SECRET_BYTES {
            return None;
        }
        let hash = sha256(secret);
        let mut found = None;
        for key in keys {
            let is_secret = equal_in_constant_time(&key.secret_sha256, &hash);
            if is_secret && key.id == id {
                found = Some(key);
            }
        }
        found
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("id", &self.id)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewApiKey(…)")
    }
}

fn check_id(id: &str) -> Result<(), ApiKeyError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(plain) {
        Ok(())
    } else {
        Err(ApiKeyError::InvalidId)
    }
}

fn sha256(text: &str) -> [u8; 32] {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    hash.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Compares by HMACs, whose verification takes constant time.
fn equal_in_constant_time(one: &[u8], other: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[]);
    hmac::verify(&key, other, hmac::sign(&key, one).as_ref()).is_ok()
}

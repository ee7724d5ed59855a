//! Keys of backends: `ft_<id>_<secret>`. The configuration holds the id and a hash of the secret.
//!
//! The hash is plain SHA-256: the secret is 32 random bytes, so there is nothing to guess that a
//! slow hash would have to protect.

use std::{fmt, sync::Arc};

use data_encoding::{BASE32_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use fast_temporal_core::{Permissions, Principal, owner::MAX_SUBJECT_BYTES};
use ring::digest;
use subtle::ConstantTimeEq as _;

use super::Secret;

/// What keys begin with, so that they can be told from other tokens, and be found where they
/// should not be.
const PREFIX: &str = "ft_";
const MAX_ID_BYTES: usize = 64;
/// 256 bits of base32.
const MIN_SECRET_BYTES: usize = 52;

/// The key of a backend, as it is configured.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    id: String,
    secret_sha256: [u8; 32],
    permissions: Arc<Permissions>,
    subject: Option<Arc<str>>,
}

/// A key of a backend, as it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// The key's id.
    pub id: String,
    /// The key's text: for the backend alone.
    pub text: String,
    /// The SHA-256 hash of its secret, in hex: for the configuration.
    pub secret_sha256: String,
}

/// What can't be the key of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// The id is empty, too long, or has other characters.
    #[error("an id has 1 to {MAX_ID_BYTES} letters, digits and hyphens")]
    InvalidId,
    /// The hash is none.
    #[error("the hash must be SHA-256 in hex: 64 digits")]
    InvalidHash,
    /// The text is no key.
    #[error("a key is {PREFIX}<id>_<secret>, as it was made")]
    NoKey,
    /// The subject is empty or too long.
    #[error("a subject has 1 to {MAX_SUBJECT_BYTES} bytes")]
    InvalidSubject,
}

impl ApiKey {
    /// The key of that id. The hash is that of its secret, in hex.
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

    /// The same key, for a backend that acts for that subject.
    pub fn with_subject(mut self, subject: &str) -> Result<Self, ApiKeyError> {
        if !(1..=MAX_SUBJECT_BYTES).contains(&subject.len()) {
            return Err(ApiKeyError::InvalidSubject);
        }
        self.subject = Some(subject.into());
        Ok(self)
    }

    /// Makes a new key, which nobody else knows.
    pub fn generate(id: &str) -> Result<NewApiKey, ApiKeyError> {
        check_id(id)?;
        let mut secret = BASE32_NOPAD.encode(Secret::random().as_bytes());
        secret.make_ascii_lowercase();
        Ok(NewApiKey {
            id: id.to_owned(),
            text: format!("{PREFIX}{id}_{secret}"),
            secret_sha256: HEXLOWER.encode(&sha256(&secret)),
        })
    }

    /// A key that was made before, so that it can be configured again.
    pub fn recognize(text: &str) -> Result<NewApiKey, ApiKeyError> {
        let parts = text
            .strip_prefix(PREFIX)
            .and_then(|text| text.split_once('_'));
        let (id, secret) = parts.ok_or(ApiKeyError::NoKey)?;
        check_id(id)?;
        if secret.len() < MIN_SECRET_BYTES {
            return Err(ApiKeyError::NoKey);
        }
        Ok(NewApiKey {
            id: id.to_owned(),
            text: text.to_owned(),
            secret_sha256: HEXLOWER.encode(&sha256(secret)),
        })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the backend may do.
    pub fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    /// Whom the backend acts for.
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

    /// Whether a token is of this kind, good or not.
    pub(super) fn is_one(token: &str) -> bool {
        token.starts_with(PREFIX)
    }

    /// The key that a token is, among those that are known. How long it takes says nothing of the
    /// secret.
    pub(super) fn find<'a>(keys: &'a [Self], token: &str) -> Option<&'a Self> {
        let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
        if secret.len() < MIN_SECRET_BYTES {
            return None;
        }
        let hash = sha256(secret);
        let mut found = None;
        for key in keys {
            let is_secret = bool::from(key.secret_sha256.ct_eq(&hash));
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

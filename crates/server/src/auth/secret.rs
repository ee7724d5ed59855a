//! Bytes that must stay secret.

use std::{fmt, sync::Arc};

use ring::rand::{SecureRandom as _, SystemRandom};

/// RFC 7518, 3.2: a key of HS256 has at least as many bytes as its hash.
const MIN_BYTES: usize = 32;

/// A secret of at least 32 bytes. It does not show in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<[u8]>);

/// A secret that could be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have at least {MIN_BYTES} bytes")]
pub struct SecretTooShort;

impl Secret {
    /// These bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, SecretTooShort> {
        if bytes.len() < MIN_BYTES {
            return Err(SecretTooShort);
        }
        Ok(Self(bytes.into()))
    }

    /// 32 bytes that nobody knows.
    pub(super) fn random() -> Self {
        let mut bytes = [0; MIN_BYTES];
        SystemRandom::new()
            .fill(&mut bytes)
            .expect("the system has random numbers");
        Self(bytes.into())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

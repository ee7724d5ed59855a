//! Secrets that sign tokens.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretSlice};
use serde::Serialize;
use serde_json::{Map, Value};

use super::crypto;

/// RFC 7518, 3.2: a key of HS256 has at least as many bytes as its hash.
const MIN_BYTES: usize = 32;

/// A secret of at least 32 bytes. Debug output hides it, and its memory is wiped when it is dropped.
#[derive(Clone, Debug)]
pub struct Secret(SecretSlice<u8>);

/// A secret that could be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at least {MIN_BYTES} bytes")]
pub struct SecretTooShort;

impl Secret {
    /// A secret from its bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, SecretTooShort> {
        if bytes.len() < MIN_BYTES {
            return Err(SecretTooShort);
        }
        Ok(Self(bytes.to_vec().into()))
    }

    /// Signs a JSON Web Token with these claims, unvalidated. For development, and for backends that
    /// issue their own tokens.
    pub fn sign_jwt(&self, claims: &Map<String, Value>) -> String {
        self.sign("JWT", claims)
    }

    /// Signs claims as a token of this type (`typ`), with HS256.
    pub(super) fn sign<T: Serialize>(&self, typ: &str, claims: &T) -> String {
        crypto::install();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(typ.to_owned());
        let key = EncodingKey::from_secret(self.as_bytes());
        jsonwebtoken::encode(&header, claims, &key)
            .expect("claims are JSON, and the key is a secret")
    }

    /// A random secret.
    pub(super) fn random() -> Self {
        let mut bytes = vec![0; MIN_BYTES];
        SystemRandom::new()
            .fill(&mut bytes)
            .expect("the system provides random numbers");
        Self(bytes.into())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

/// For comparing configurations, not credentials: the time it takes depends on the bytes.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Secret {}

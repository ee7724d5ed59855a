//! Keys that verify JSON Web Tokens. Each is for one algorithm, and a token cannot choose another.

use std::fmt;

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind, Validation, errors,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::secret::{Secret, SecretTooShort};

/// The algorithm of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256: a party that can verify tokens can also issue them.
    Hs256,
    /// RSA (PKCS #1 v1.5) with SHA-256, keys of 2048 to 8192 bits.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl JwtAlgorithm {
    /// All supported algorithms.
    pub const ALL: &[Self] = &[Self::Hs256, Self::Rs256, Self::Es256];

    /// The name of the algorithm in tokens (`alg`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|alg| alg.as_str() == name)
    }

    pub(super) fn of(algorithm: Algorithm) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|supported| Algorithm::from(*supported) == algorithm)
    }
}

impl From<JwtAlgorithm> for Algorithm {
    fn from(algorithm: JwtAlgorithm) -> Self {
        match algorithm {
            JwtAlgorithm::Hs256 => Self::HS256,
            JwtAlgorithm::Rs256 => Self::RS256,
            JwtAlgorithm::Es256 => Self::ES256,
        }
    }
}

/// A key that verifies JSON Web Tokens of one algorithm.
#[derive(Clone)]
pub struct JwtKey {
    kid: Option<String>,
    algorithm: JwtAlgorithm,
    key: DecodingKey,
}

/// Why a key is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtKeyError {
    /// The text is not PEM of a public key.
    #[error("expected an RSA or P-256 public key in PEM (PUBLIC KEY or RSA PUBLIC KEY)")]
    InvalidPublicKey,
    /// An RSA key that is too short.
    #[error("RSA key too short: expected at least 2048 bits")]
    TooShort,
    /// A curve other than P-256.
    #[error("unsupported elliptic curve: expected P-256")]
    UnsupportedCurve,
    /// The text is not a JSON Web Key Set.
    #[error("expected a JSON Web Key Set: {{\"keys\": […]}}")]
    InvalidKeySet,
    /// No key of the set is usable.
    #[error("the key set has no key for RS256 or ES256")]
    NoUsableKey,
}

/// Length of the modulus of an RSA key of 2048 bits. In DER, exponent and framing add to it.
const MIN_MODULUS_BYTES: usize = 256;
/// Length of an uncompressed point of P-256.
const P256_POINT_BYTES: usize = 65;

#[derive(Deserialize)]
struct KeySetText {
    keys: Vec<serde_json::Value>,
}

impl JwtKey {
    /// An HS256 key from a secret shared with the issuer.
    pub fn from_secret(secret: &[u8]) -> Result<Self, SecretTooShort> {
        Secret::new(secret).map(|secret| Self::hs256(&secret))
    }

    pub(super) fn hs256(secret: &Secret) -> Self {
        Self {
            kid: None,
            algorithm: JwtAlgorithm::Hs256,
            key: DecodingKey::from_secret(secret.as_bytes()),
        }
    }

    /// An RS256 or ES256 key from a public key in PEM.
    pub fn from_pem(text: &str) -> Result<Self, JwtKeyError> {
        // The library also accepts private keys and certificates and uses their public part. Such a
        // file is a mistake of the operator.
        let has = |name: &str| text.contains(&format!("{name}-----"));
        if has("PRIVATE KEY") || !(has("BEGIN PUBLIC KEY") || has("BEGIN RSA PUBLIC KEY")) {
            return Err(JwtKeyError::InvalidPublicKey);
        }
        let (algorithm, key) = if let Ok(key) = DecodingKey::from_ec_pem(text.as_bytes()) {
            if key.try_get_as_bytes().map(<[u8]>::len) != Ok(P256_POINT_BYTES) {
                return Err(JwtKeyError::UnsupportedCurve);
            }
            (JwtAlgorithm::Es256, key)
        } else {
            let key = DecodingKey::from_rsa_pem(text.as_bytes())
                .map_err(|_| JwtKeyError::InvalidPublicKey)?;
            if is_short(&key) {
                return Err(JwtKeyError::TooShort);
            }
            (JwtAlgorithm::Rs256, key)
        };
        Ok(Self {
            kid: None,
            algorithm,
            key,
        })
    }

    /// The usable keys of a JSON Web Key Set: public keys for signatures by RS256 or ES256. Others are
    /// ignored, including secrets, which must not be in such a set.
    pub fn from_jwks(text: &str) -> Result<Vec<Self>, JwtKeyError> {
        let set: KeySetText = serde_json::from_str(text).map_err(|_| JwtKeyError::InvalidKeySet)?;
        let keys: Vec<Self> = set.keys.into_iter().filter_map(Self::from_jwk).collect();
        if keys.is_empty() {
            return Err(JwtKeyError::NoUsableKey);
        }
        Ok(keys)
    }

    fn from_jwk(value: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let (algorithm, named) = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => (JwtAlgorithm::Rs256, KeyAlgorithm::RS256),
            AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => {
                (JwtAlgorithm::Es256, KeyAlgorithm::ES256)
            }
            _ => return None,
        };
        let common = &jwk.common;
        let for_signatures = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature))
            && common
                .key_operations
                .as_ref()
                .is_none_or(|operations| operations.contains(&KeyOperations::Verify))
            && common.key_algorithm.is_none_or(|name| name == named);
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let is_usable = for_signatures && (algorithm != JwtAlgorithm::Rs256 || !is_short(&key));
        is_usable.then_some(Self {
            kid: jwk.common.key_id,
            algorithm,
            key,
        })
    }

    /// The key id (`kid`). Such a key verifies tokens with this `kid`, and tokens without one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm of its signatures.
    pub fn algorithm(&self) -> JwtAlgorithm {
        self.algorithm
    }

    /// The claims of a token, if this key signed it and they are valid.
    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        token: &str,
        validation: &Validation,
    ) -> Result<T, errors::Error> {
        jsonwebtoken::decode::<T>(token, &self.key, validation).map(|data| data.claims)
    }

    /// The secret of an HS256 key.
    pub(super) fn secret(&self) -> Option<&[u8]> {
        match self.algorithm {
            JwtAlgorithm::Hs256 => self.key.try_get_as_bytes().ok(),
            _ => None,
        }
    }
}

/// Whether an RSA key is shorter than 2048 bits.
fn is_short(key: &DecodingKey) -> bool {
    let modulus = match key.kind() {
        DecodingKeyKind::SecretOrDer(der) => der,
        DecodingKeyKind::RsaModulusExponent { n, .. } => n,
    };
    modulus.len() < MIN_MODULUS_BYTES
}

impl PartialEq for JwtKey {
    fn eq(&self, other: &Self) -> bool {
        use DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
        let same = match (self.key.kind(), other.key.kind()) {
            (SecretOrDer(one), SecretOrDer(two)) => one == two,
            (RsaModulusExponent { n, e }, RsaModulusExponent { n: n2, e: e2 }) => {
                n == n2 && e == e2
            }
            _ => false,
        };
        same && self.algorithm == other.algorithm && self.kid == other.kid
    }
}

impl Eq for JwtKey {}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

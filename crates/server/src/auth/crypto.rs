//! The cryptography of JSON Web Tokens, by `ring`.
//!
//! `jsonwebtoken` leaves it to a provider. Of its two, one builds a large C library, and the other
//! depends on an RSA implementation that leaks private keys by timing (RUSTSEC-2023-0071). `ring` is in
//! the tree for the connection to Temporal. Only three algorithms to verify and one to sign are needed.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    signature::{Error, Signer, Verifier},
};
use ring::{hmac, signature};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // Never called: no key is converted into a JSON Web Key.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Installs the provider for the process, unless it has one.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

struct Hs256(hmac::Key);

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the library prescribes the signature"
)]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    if *algorithm != Algorithm::HS256 || key.family() != AlgorithmFamily::Hmac {
        return Err(ErrorKind::UnsupportedAlgorithm.into());
    }
    Ok(Box::new(Hs256(hmac::Key::new(
        hmac::HMAC_SHA256,
        key.as_bytes(),
    ))))
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

struct Ring {
    algorithm: Algorithm,
    key: DecodingKey,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the library prescribes the signature"
)]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let family = match algorithm {
        Algorithm::HS256 => AlgorithmFamily::Hmac,
        Algorithm::RS256 => AlgorithmFamily::Rsa,
        Algorithm::ES256 => AlgorithmFamily::Ec,
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    // A public key must never serve as an HMAC secret, whatever algorithm the token names.
    if key.family() != family {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(Ring {
        algorithm: *algorithm,
        key: key.clone(),
    }))
}

impl Verifier<Vec<u8>> for Ring {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        use DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
        let rsa = &signature::RSA_PKCS1_2048_8192_SHA256;
        let outcome = match (self.algorithm, self.key.kind()) {
            (Algorithm::HS256, SecretOrDer(secret)) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::verify(&key, message, signature)
            }
            (Algorithm::RS256, SecretOrDer(der)) => {
                signature::UnparsedPublicKey::new(rsa, der).verify(message, signature)
            }
            (Algorithm::RS256, RsaModulusExponent { n, e }) => {
                signature::RsaPublicKeyComponents { n, e }.verify(rsa, message, signature)
            }
            (Algorithm::ES256, SecretOrDer(point)) => {
                let algorithm = &signature::ECDSA_P256_SHA256_FIXED;
                signature::UnparsedPublicKey::new(algorithm, point).verify(message, signature)
            }
            _ => return Err(Error::new()),
        };
        outcome.map_err(|_| Error::new())
    }
}

impl JwtVerifier for Ring {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

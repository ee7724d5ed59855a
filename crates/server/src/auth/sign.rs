//! Signs JSON Web Tokens with HS256: tickets, and tokens for development.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::{Secret, crypto};

/// Signs a JSON Web Token with these claims, unvalidated. For development, and for backends that
/// issue their own tokens.
pub fn sign_jwt(secret: &Secret, claims: &serde_json::Map<String, serde_json::Value>) -> String {
    sign(secret, "JWT", claims)
}

/// Signs claims as a token of this type (`typ`).
pub(super) fn sign<T: Serialize>(secret: &Secret, typ: &str, claims: &T) -> String {
    crypto::install();
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some(typ.to_owned());
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&header, claims, &key).expect("claims are JSON, and the key is a secret")
}

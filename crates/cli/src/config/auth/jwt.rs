//! How JSON Web Tokens are checked.

use std::sync::Arc;

use fast_temporal_core::Permissions;
use fast_temporal_server::auth::{JwtConfig, JwtKey, Secret};

use super::{
    JWKS_FILE, JWKS_REFRESH, JWKS_URL, JWT_ALGORITHMS, JWT_AUDIENCE, JWT_ISSUER, JWT_PUBLIC_KEY,
    JWT_PUBLIC_KEY_FILE, JWT_SECRET, JWT_SECRET_FILE, LEEWAY, PERMISSIONS_CLAIM, SUBJECT_CLAIM,
    inline_or_file, permission,
};
use crate::config::reader::{Reader, kind};

/// All that is said of tokens, where there is any key to check them with, and the secret.
pub(super) fn read(reader: &mut Reader) -> (Option<JwtConfig>, Option<Secret>) {
    let secret = inline_or_file(
        reader,
        &JWT_SECRET,
        &JWT_SECRET_FILE,
        "a secret of at least 32 bytes",
        |content| {
            let key = JwtKey::from_secret(content).ok()?;
            Some((key, Secret::new(content).ok()?))
        },
    );
    let public = inline_or_file(
        reader,
        &JWT_PUBLIC_KEY,
        &JWT_PUBLIC_KEY_FILE,
        "a public key as PEM, of RSA or P-256",
        |content| JwtKey::from_pem(std::str::from_utf8(content).ok()?).ok(),
    );
    let set = read_key_set(reader);
    let jwks = reader.optional(&JWKS_URL, &kind::key_set_url());
    let refresh_interval = reader.or(&JWKS_REFRESH, &kind::seconds(1.0..=86400.0));
    let (secret_key, secret) = secret.unzip();
    let config = JwtConfig {
        keys: secret_key.into_iter().chain(public).chain(set).collect(),
        jwks: jwks.map(|mut jwks| {
            jwks.refresh_interval = refresh_interval;
            jwks
        }),
        algorithms: reader.or(&JWT_ALGORITHMS, &kind::algorithms()),
        issuers: reader
            .optional(&JWT_ISSUER, &kind::words())
            .unwrap_or_default(),
        audiences: reader
            .optional(&JWT_AUDIENCE, &kind::words())
            .unwrap_or_default(),
        leeway: reader.or(&LEEWAY, &kind::seconds(0.0..=600.0)),
        subject_claim: reader.or(&SUBJECT_CLAIM, &kind::name()),
        permissions_claim: reader.or(&PERMISSIONS_CLAIM, &kind::name()),
        permissions: Arc::new(permission::read_table(reader, &Permissions::own())),
    };
    let checks = !config.keys.is_empty() || config.jwks.is_some();
    (checks.then_some(config), secret)
}

fn read_key_set(reader: &mut Reader) -> Vec<JwtKey> {
    let Some(path) = reader.path(&JWKS_FILE) else {
        return Vec::new();
    };
    let Some(content) = reader.content_of(&JWKS_FILE, &path) else {
        return Vec::new();
    };
    match JwtKey::from_jwks(&String::from_utf8_lossy(&content)) {
        Ok(keys) => keys,
        Err(error) => {
            reader.refuse(
                &JWKS_FILE,
                format!("the path of a file; what it holds {error}"),
            );
            Vec::new()
        }
    }
}

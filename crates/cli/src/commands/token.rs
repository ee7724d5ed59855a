//! `fast-temporal token`: API keys for backends, and tokens to try the gateway with.

use std::{
    io::{self, BufRead as _, Read as _},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use fast_temporal_core::Permissions;
use fast_temporal_server::{ApiKey, ApiKeyError, JwtAlgorithm, JwtConfig, NewApiKey};
use serde_json::{Map, Value};

use crate::{
    args::{TokenCommand, TokenJwtArgs, TokenKeyArgs},
    config::{
        Settings,
        auth::{API_KEYS_VARIABLE, JWT_SECRET_VARIABLE},
        source::Sources,
    },
    output::{self, UsageError},
};

/// The maximum length of a line with an API key.
const MAX_LINE_BYTES: u64 = 4096;

pub fn run(command: TokenCommand) -> anyhow::Result<()> {
    let text = match command {
        TokenCommand::Key(arguments) => generate_key(&arguments).map_err(usage)?,
        TokenCommand::Hash => hash_key()?,
        TokenCommand::Jwt(arguments) => sign(arguments)?,
    };
    output::print(&text);
    Ok(())
}

fn generate_key(arguments: &TokenKeyArgs) -> Result<String, ApiKeyError> {
    let key = ApiKey::generate(&arguments.name)?;
    let subject = arguments.subject.as_deref();
    if let Some(subject) = subject {
        let configured = ApiKey::new(&key.id, &key.secret_sha256, Permissions::own())?;
        configured.with_subject(subject)?;
    }
    let settings = key_settings(&key, subject);
    Ok(format!(
        "The API key. It is not shown again:\n{}\n\n{settings}",
        key.text
    ))
}

fn hash_key() -> anyhow::Result<String> {
    let mut line = String::new();
    let mut stdin = io::stdin().lock().take(MAX_LINE_BYTES);
    stdin
        .read_line(&mut line)
        .context("cannot read the API key")?;
    let key = ApiKey::recognize(line.trim()).map_err(usage)?;
    Ok(key_settings(&key, None))
}

/// Returns the settings with which the gateway accepts a key.
fn key_settings(key: &NewApiKey, subject: Option<&str>) -> String {
    let (id, hash) = (&key.id, &key.secret_sha256);
    let table = format!("[[auth.keys]]\nid = \"{id}\"\nhash = \"{hash}\"");
    let file = "Setting in the settings file";
    match subject {
        // TOML has the escape sequences of JSON.
        Some(subject) => format!("{file}:\n{table}\nsubject = {}", Value::from(subject)),
        None => format!(
            "Setting as a variable, in a list separated by commas:\n{API_KEYS_VARIABLE}={id}:{hash}\n\n\
             {file}, where the key can have its own permissions:\n{table}"
        ),
    }
}

/// Signs a token that a gateway with the same settings accepts. Claims on the command line override all others.
fn sign(arguments: TokenJwtArgs) -> anyhow::Result<String> {
    let settings = Settings::load(&Sources::gather(arguments.file.flags())?)?;
    let (Some(secret), Some(jwt)) = (&settings.auth.jwt_secret, &settings.auth.credentials.jwt)
    else {
        let message = format!("no secret to sign with: set {JWT_SECRET_VARIABLE}");
        return Err(UsageError(message).into());
    };
    if !jwt.algorithms.contains(&JwtAlgorithm::Hs256) {
        let variable = JwtConfig::ALGORITHMS_VARIABLE;
        let message = format!("cannot sign with a secret: {variable} does not permit HS256");
        return Err(UsageError(message).into());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.context("the clock is before 1970")?.as_secs();
    let mut claims = default_claims(jwt);
    claims.insert(jwt.subject_claim.clone(), arguments.subject.into());
    claims.insert("iat".to_owned(), now.into());
    claims.insert("exp".to_owned(), (now + arguments.expires.as_secs()).into());
    claims.extend(arguments.claims);
    Ok(secret.sign_jwt(&claims))
}

/// Returns the first accepted issuer and audience.
fn default_claims(jwt: &JwtConfig) -> Map<String, Value> {
    let claims = [("iss", jwt.issuers.first()), ("aud", jwt.audiences.first())];
    let claims = claims.into_iter().filter_map(|(name, value)| {
        let value = value?.as_str();
        Some((name.to_owned(), value.into()))
    });
    claims.collect()
}

fn usage(error: ApiKeyError) -> UsageError {
    UsageError(error.to_string())
}

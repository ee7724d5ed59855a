//! `fast-temporal token`: API keys for backends, and tokens to try the gateway with.

mod jwt;

use std::io::{self, BufRead as _, Read as _};

use anyhow::Context as _;
use fast_temporal_core::Permissions;
use fast_temporal_server::auth::{ApiKey, ApiKeyError, NewApiKey};

use crate::{
    args::{TokenCommand, TokenKeyArgs},
    config::auth,
    exit::UsageError,
    output,
};

/// The longest line that is looked at for a key.
const MAX_LINE_BYTES: u64 = 4096;

pub fn run(command: TokenCommand) -> anyhow::Result<()> {
    let text = match command {
        TokenCommand::Key(arguments) => key(&arguments).map_err(usage)?,
        TokenCommand::Hash => hash()?,
        TokenCommand::Jwt(arguments) => jwt::token(arguments)?,
    };
    output::print(&text);
    Ok(())
}

fn key(arguments: &TokenKeyArgs) -> Result<String, ApiKeyError> {
    let key = ApiKey::generate(&arguments.name)?;
    let subject = arguments.subject.as_deref();
    if let Some(subject) = subject {
        let known = ApiKey::new(&key.id, &key.secret_sha256, Permissions::own())?;
        known.with_subject(subject)?;
    }
    let settings = settings(&key, subject);
    Ok(format!(
        "The key, which is shown only now:\n{}\n\n{settings}",
        key.text
    ))
}

fn hash() -> anyhow::Result<String> {
    let mut line = String::new();
    let mut stdin = io::stdin().lock().take(MAX_LINE_BYTES);
    stdin.read_line(&mut line).context("cannot read a key")?;
    let key = ApiKey::recognize(line.trim()).map_err(usage)?;
    Ok(settings(&key, None))
}

/// What has to stand in the settings for a key to be taken.
fn settings(key: &NewApiKey, subject: Option<&str>) -> String {
    let NewApiKey {
        id, secret_sha256, ..
    } = key;
    let table = format!("[[auth.keys]]\nid = \"{id}\"\nhash = \"{secret_sha256}\"");
    let file = "In the settings' file";
    match subject {
        // What JSON escapes, and how, TOML understands.
        Some(subject) => {
            let subject = serde_json::Value::from(subject);
            format!("{file}:\n{table}\nsubject = {subject}")
        }
        None => format!(
            "As a variable, one of those separated by commas:\n{}={id}:{secret_sha256}\n\n\
             {file}, where it can have permissions of its own:\n{table}",
            auth::API_KEYS.variable
        ),
    }
}

fn usage(error: ApiKeyError) -> UsageError {
    UsageError(error.to_string())
}

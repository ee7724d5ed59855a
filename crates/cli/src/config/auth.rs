//! The table `[auth]`: how clients authenticate.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use fast_temporal_core::{
    Permissions,
    settings::{Kind, choice, path, seconds},
};
use fast_temporal_server::{
    ApiKey, AuthConfig, CredentialsConfig, JwksConfig, JwtConfig, JwtKey, Secret, TicketConfig,
};

use super::{api_key, error::Origin, reader::Reader, section::Section};

/// The variable with the secret of JSON Web Tokens.
pub const JWT_SECRET_VARIABLE: &str = "FAST_TEMPORAL_AUTH_JWT_SECRET";
/// The variable with API keys.
pub const API_KEYS_VARIABLE: &str = "FAST_TEMPORAL_AUTH_API_KEYS";

/// The keys of settings in the file.
mod key {
    pub(super) const MODE: &str = "auth.mode";
    pub(super) const JWT_SECRET: &str = "auth.jwt_secret";
    pub(super) const JWT_SECRET_FILE: &str = "auth.jwt_secret_file";
    pub(super) const JWT_PUBLIC_KEY: &str = "auth.jwt_public_key";
    pub(super) const JWT_PUBLIC_KEY_FILE: &str = "auth.jwt_public_key_file";
    pub(super) const JWKS_URL: &str = "auth.jwks_url";
    pub(super) const JWKS_FILE: &str = "auth.jwks_file";
    pub(super) const TICKET_KEY: &str = "auth.ticket_key";
    pub(super) const TICKET_KEY_FILE: &str = "auth.ticket_key_file";
}

fast_temporal_core::settings! {
    /// How clients authenticate, and the keys that verify their tokens.
    pub struct TokenSettings {
        /// How clients authenticate: `none` permits everything to everybody; `jwt` requires a JSON Web Token, an API key
        /// or a ticket.
        pub is_checked: bool = false
            => [key::MODE, "FAST_TEMPORAL_AUTH", choice(&[("none", false), ("jwt", true)])],

        /// Secret of tokens signed with HS256. Alternative: `jwt_secret_file`.
        pub secret: Option<(JwtKey, Secret)> = None => [
            key::JWT_SECRET, JWT_SECRET_VARIABLE, SECRET.kind(),
            example "\"at least 32 bytes from a random source\""
        ],

        /// Path of a file with the secret. White space at its end is ignored.
        pub secret_file: Option<PathBuf> = None => [
            key::JWT_SECRET_FILE, "FAST_TEMPORAL_AUTH_JWT_SECRET_FILE", path().optional(),
            example "\"secrets/jwt\""
        ],

        /// Public key of tokens signed with RS256 (RSA) or ES256 (P-256), as PEM. Alternative: `jwt_public_key_file`.
        pub public_key: Option<JwtKey> = None => [
            key::JWT_PUBLIC_KEY, "FAST_TEMPORAL_AUTH_JWT_PUBLIC_KEY", PUBLIC_KEY.kind(),
            example "\"\"\"\n-----BEGIN PUBLIC KEY-----\n\
                MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5bw3InwWtwU08T4XMA9l/V9D6CQk\n\
                Bn8ovbEm0QpW/+5JMG25lRSJe9WI68YPfDUgPby4blhu3Zx3QCBdeDEUVA==\n\
                -----END PUBLIC KEY-----\n\"\"\""
        ],

        /// Path of a file with the public key.
        pub public_key_file: Option<PathBuf> = None => [
            key::JWT_PUBLIC_KEY_FILE, "FAST_TEMPORAL_AUTH_JWT_PUBLIC_KEY_FILE", path().optional(),
            example "\"secrets/jwt.pem\""
        ],

        /// URL of a JSON Web Key Set with public keys.
        pub jwks: Option<JwksConfig> = None => [
            key::JWKS_URL, "FAST_TEMPORAL_AUTH_JWKS_URL", jwks_url(),
            example "\"https://id.example.org/.well-known/jwks.json\""
        ],

        /// Interval between fetches of the key set. A token with an unknown key also triggers a fetch.
        pub jwks_refresh: Duration = JwksConfig::DEFAULT_REFRESH_INTERVAL
            => ["auth.jwks_refresh_seconds", "FAST_TEMPORAL_AUTH_JWKS_REFRESH_SECONDS", seconds(1.0..=86400.0)],

        /// Path of a file with a JSON Web Key Set.
        pub jwks_file: Option<PathBuf> = None => [
            key::JWKS_FILE, "FAST_TEMPORAL_AUTH_JWKS_FILE", path().optional(),
            example "\"secrets/jwks.json\""
        ],
    }

    /// API keys, and the keys of tickets.
    pub struct KeySettings {
        /// API keys of backends with all permissions, as `id:hash`. `fast-temporal token key` generates them.
        pub api_keys: Vec<ApiKey> = Vec::new() => [
            api_key::SETTING, API_KEYS_VARIABLE, api_key::pairs(),
            example "[\"backend:5f78c33274e43fa9de5659265c1d917e25c03722dcb0b8d27db8d5feaa813953\"]"
        ],

        /// Keys of tickets: the first one signs, all of them verify. Nodes with the same keys accept each other's
        /// tickets. If not set, the key is derived from the JWT secret; without a secret, each process generates a key.
        pub ticket: Option<Vec<Secret>> = None => [
            key::TICKET_KEY, "FAST_TEMPORAL_AUTH_TICKET_KEY", TICKET_KEYS.kind(),
            example "\"at least 32 bytes that are the same on all nodes\""
        ],

        /// Path of a file with the keys of tickets, one per line.
        pub ticket_file: Option<PathBuf> = None => [
            key::TICKET_KEY_FILE, "FAST_TEMPORAL_AUTH_TICKET_KEY_FILE", path().optional(),
            example "\"secrets/ticket\""
        ],
    }
}

/// The settings of authentication.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    is_checked: bool,
    /// The credentials that the gateway accepts if it checks them.
    pub credentials: CredentialsConfig,
    /// The secret of HS256, to sign tokens with.
    pub jwt_secret: Option<Secret>,
}

impl AuthSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut tokens = TokenSettings::default();
        tokens.read_settings(reader);
        let is_checked = tokens.is_checked;
        let (jwt, jwt_secret) = jwt(reader, tokens);
        let mut keys = KeySettings::default();
        keys.read_settings(reader);
        let names = [key::TICKET_KEY, key::TICKET_KEY_FILE];
        let ticket_keys = TICKET_KEYS.or_file(reader, names, keys.ticket, keys.ticket_file);
        let mut tickets = TicketConfig {
            keys: ticket_keys.unwrap_or_default(),
            ..TicketConfig::default()
        };
        tickets.read_settings(reader);
        let settings = Self {
            is_checked,
            credentials: CredentialsConfig {
                jwt,
                api_keys: api_key::with_tables(reader, keys.api_keys),
                tickets,
            },
            jwt_secret,
        };
        reject_unknown_keys(reader);
        settings.check(reader);
        settings
    }

    /// Rejects credentials that would not be checked, as the gateway would be open by mistake, and a mode that no client
    /// could satisfy.
    fn check(&self, reader: &mut Reader) {
        let keys = [
            key::JWT_SECRET,
            key::JWT_SECRET_FILE,
            key::JWT_PUBLIC_KEY,
            key::JWT_PUBLIC_KEY_FILE,
            key::JWKS_URL,
            key::JWKS_FILE,
            api_key::SETTING,
        ];
        let set = keys.into_iter().find(|key| reader.is_set(key));
        let has_credentials = set.is_some() || !self.credentials.api_keys.is_empty();
        match (self.is_checked, has_credentials) {
            (false, true) if *reader.origin(key::MODE) == Origin::Default => {
                let because = "credentials are not checked without a mode: set it to jwt or none";
                reader.require(key::MODE, set.unwrap_or(api_key::SETTING), because);
            }
            (false, true) => {
                let mode = reader.name(key::MODE);
                let warning =
                    format!("credentials are configured but not checked, because {mode} is none");
                reader.warnings.push(warning);
            }
            (true, false) => {
                let because = "jwt requires a secret, a public key, a key set or API keys";
                reader.require(key::JWT_SECRET, key::MODE, because);
            }
            _ => {}
        }
    }

    /// Returns the configuration of the server.
    pub fn config(&self) -> AuthConfig {
        if self.is_checked {
            AuthConfig::Checked(Box::new(self.credentials.clone()))
        } else {
            AuthConfig::None
        }
    }
}

/// Returns the configuration of JSON Web Tokens, which is `None` without any key to check them with, and the secret.
fn jwt(reader: &mut Reader, settings: TokenSettings) -> (Option<JwtConfig>, Option<Secret>) {
    let TokenSettings {
        secret,
        secret_file,
        public_key,
        public_key_file,
        ..
    } = settings;
    let names = [key::JWT_SECRET, key::JWT_SECRET_FILE];
    let secret = SECRET.or_file(reader, names, secret, secret_file);
    let names = [key::JWT_PUBLIC_KEY, key::JWT_PUBLIC_KEY_FILE];
    let public_key = PUBLIC_KEY.or_file(reader, names, public_key, public_key_file);
    let key_set = key_set(reader, settings.jwks_file.as_deref());
    let (secret_key, secret) = secret.unzip();
    let keys = secret_key.into_iter().chain(public_key).chain(key_set);
    let mut config = JwtConfig {
        keys: keys.collect(),
        jwks: settings.jwks.map(|mut jwks| {
            jwks.refresh_interval = settings.jwks_refresh;
            jwks
        }),
        ..JwtConfig::default()
    };
    config.read_settings(reader);
    if let Some(section) = Section::take(reader, api_key::PERMISSIONS) {
        let permissions = api_key::permissions(reader, &section, Permissions::own());
        config.permissions = Arc::new(permissions);
    }
    let is_usable = !config.keys.is_empty() || config.jwks.is_some();
    (is_usable.then_some(config), secret)
}

fn jwks_url() -> Kind<Option<JwksConfig>> {
    let allowed = "a URL that begins with https:// or http://";
    Kind::new(allowed, |text| JwksConfig::new(text).ok()).optional()
}

fn key_set(reader: &mut Reader, file: Option<&Path>) -> Vec<JwtKey> {
    let Some(content) = reader.content_of(key::JWKS_FILE, file) else {
        return Vec::new();
    };
    JwtKey::from_jwks(&String::from_utf8_lossy(&content)).unwrap_or_else(|error| {
        let expected = format!("the path of a JSON Web Key Set (invalid content: {error})");
        reader.reject_setting(key::JWKS_FILE, expected);
        Vec::new()
    })
}

/// A secret value, set directly or by the path of a file that contains it.
struct SecretValue<T> {
    allowed: &'static str,
    parse: fn(&[u8]) -> Option<T>,
}

const SECRET: SecretValue<(JwtKey, Secret)> = SecretValue {
    allowed: "a secret of at least 32 bytes",
    parse: |bytes| Some((JwtKey::from_secret(bytes).ok()?, Secret::new(bytes).ok()?)),
};
const PUBLIC_KEY: SecretValue<JwtKey> = SecretValue {
    allowed: "a public key of RSA or P-256, as PEM",
    parse: |bytes| JwtKey::from_pem(std::str::from_utf8(bytes).ok()?).ok(),
};
const TICKET_KEYS: SecretValue<Vec<Secret>> = SecretValue {
    allowed: "keys of at least 32 bytes, separated by commas",
    parse: |bytes| {
        let keys = bytes.split(|byte| matches!(byte, b',' | b'\n' | b'\r'));
        let keys = keys.map(<[u8]>::trim_ascii).filter(|key| !key.is_empty());
        let keys: Option<Vec<_>> = keys.map(|key| Secret::new(key).ok()).collect();
        keys.filter(|keys| !keys.is_empty())
    },
};

impl<T: 'static> SecretValue<T> {
    fn kind(&self) -> Kind<Option<T>> {
        let parse = self.parse;
        let kind = Kind::new(self.allowed, move |text| parse(text.as_bytes()));
        kind.secret().multiline().optional()
    }

    /// Returns the value of the setting `key`, or else of the file that the setting `file_key` names.
    fn or_file(
        &self,
        reader: &mut Reader,
        [key, file_key]: [&str; 2],
        value: Option<T>,
        file: Option<PathBuf>,
    ) -> Option<T> {
        let Some(file) = file else {
            return value;
        };
        if reader.is_set(key) {
            let expected = format!("no value, as {} is set", reader.name(key));
            reader.reject_setting(file_key, expected);
            return value;
        }
        let content = reader.content_of(file_key, Some(&file))?;
        let value = (self.parse)(content.trim_ascii_end());
        if value.is_none() {
            let expected = format!("the path of a file with {}", self.allowed);
            reader.reject_setting(file_key, expected);
        }
        value
    }
}

/// An unknown key of this table is an error: it could be misspelt and meant to withdraw a permission.
fn reject_unknown_keys(reader: &mut Reader) {
    if let Some(section) = Section::take(reader, "auth") {
        let keys = reader.rows.iter().filter_map(|row| row.setting?.key);
        let keys = keys.chain([api_key::PERMISSIONS, api_key::TABLES]);
        let keys: Vec<_> = keys.filter_map(|key| key.strip_prefix("auth.")).collect();
        let expected = keys.join(", ");
        section.finish_as(reader, &expected);
    }
}

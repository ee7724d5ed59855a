//! The table `[auth]`: how clients authenticate.

use std::{path::PathBuf, sync::Arc};

use fast_temporal_core::{
    Permissions,
    settings::{Kind, Setting, SettingReader as _, choice, path, seconds},
};
use fast_temporal_server::{
    AuthConfig, CredentialsConfig, JwksConfig, JwtConfig, JwtKey, Secret, TicketConfig,
};

use super::{
    api_key,
    error::Origin,
    reader::{Reader, name_in},
    section::Section,
};

const MODE: Setting = Setting::new(
    "auth.mode",
    "FAST_TEMPORAL_AUTH",
    "How clients authenticate: `none` permits everything to everybody; `jwt` requires a JSON Web Token, an API key or \
     a ticket.",
);
pub(crate) const JWT_SECRET: Setting = Setting::new(
    "auth.jwt_secret",
    "FAST_TEMPORAL_AUTH_JWT_SECRET",
    "Secret of tokens signed with HS256. Alternative: `jwt_secret_file`.",
)
.example("\"at least 32 bytes that nobody can guess\"");
const JWT_SECRET_FILE: Setting = Setting::new(
    "auth.jwt_secret_file",
    "FAST_TEMPORAL_AUTH_JWT_SECRET_FILE",
    "Path of a file with the secret. A line break at its end is ignored.",
)
.example("\"secrets/jwt\"");
const JWT_PUBLIC_KEY: Setting = Setting::new(
    "auth.jwt_public_key",
    "FAST_TEMPORAL_AUTH_JWT_PUBLIC_KEY",
    "Public key of tokens signed with RS256 (RSA) or ES256 (P-256), as PEM. Alternative: `jwt_public_key_file`.",
)
.example(
    "\"\"\"\n-----BEGIN PUBLIC KEY-----\n\
     MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5bw3InwWtwU08T4XMA9l/V9D6CQk\n\
     Bn8ovbEm0QpW/+5JMG25lRSJe9WI68YPfDUgPby4blhu3Zx3QCBdeDEUVA==\n\
     -----END PUBLIC KEY-----\n\"\"\"",
);
const JWT_PUBLIC_KEY_FILE: Setting = Setting::new(
    "auth.jwt_public_key_file",
    "FAST_TEMPORAL_AUTH_JWT_PUBLIC_KEY_FILE",
    "Path of a file with the public key.",
)
.example("\"secrets/jwt.pem\"");
const JWKS_URL: Setting = Setting::new(
    "auth.jwks_url",
    "FAST_TEMPORAL_AUTH_JWKS_URL",
    "URL of a JSON Web Key Set with public keys.",
)
.example("\"https://id.example.org/.well-known/jwks.json\"");
const JWKS_REFRESH: Setting = Setting::new(
    "auth.jwks_refresh_seconds",
    "FAST_TEMPORAL_AUTH_JWKS_REFRESH_SECONDS",
    "Interval between fetches of the key set. A token with an unknown key also triggers a fetch.",
);
const JWKS_FILE: Setting = Setting::new(
    "auth.jwks_file",
    "FAST_TEMPORAL_AUTH_JWKS_FILE",
    "Path of a file with a JSON Web Key Set.",
)
.example("\"secrets/jwks.json\"");
pub(crate) const API_KEYS: Setting = Setting::new(
    "auth.api_keys",
    "FAST_TEMPORAL_AUTH_API_KEYS",
    "API keys of backends with all permissions, as `id:hash`. `fast-temporal token key` generates them.",
)
.example("[\"backend:5f78c33274e43fa9de5659265c1d917e25c03722dcb0b8d27db8d5feaa813953\"]");
const TICKET_KEY: Setting = Setting::new(
    "auth.ticket_key",
    "FAST_TEMPORAL_AUTH_TICKET_KEY",
    "Keys of tickets: the first one signs, all of them verify. Nodes with the same keys accept each other's tickets. If \
     not set, the key is derived from the JWT secret; without a secret, each process generates a key.",
)
.example("\"at least 32 bytes that are the same on all nodes\"");
const TICKET_KEY_FILE: Setting = Setting::new(
    "auth.ticket_key_file",
    "FAST_TEMPORAL_AUTH_TICKET_KEY_FILE",
    "Path of a file with the keys of tickets, one per line.",
)
.example("\"secrets/ticket\"");

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
        let mut is_checked = false;
        let modes = choice(&[("none", false), ("jwt", true)]);
        reader.read(&MODE, &modes, &mut is_checked);
        let (jwt, jwt_secret) = read_jwt(reader);
        let api_keys = api_key::read(reader, &API_KEYS);
        let mut tickets = TicketConfig {
            keys: read_ticket_keys(reader),
            ..TicketConfig::default()
        };
        tickets.read_settings(reader);
        let settings = Self {
            is_checked,
            credentials: CredentialsConfig {
                jwt,
                api_keys,
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
        let settings = [
            &JWT_SECRET,
            &JWT_SECRET_FILE,
            &JWT_PUBLIC_KEY,
            &JWT_PUBLIC_KEY_FILE,
            &JWKS_URL,
            &JWKS_FILE,
            &API_KEYS,
        ];
        let set = settings.into_iter().find(|setting| reader.is_set(setting));
        let has_credentials = set.is_some() || !self.credentials.api_keys.is_empty();
        match (self.is_checked, has_credentials) {
            (false, true) if reader.origin(&MODE) == Origin::Default => {
                let because = "credentials are not checked without a mode: set it to jwt or none";
                reader.require(&MODE, set.unwrap_or(&API_KEYS), because);
            }
            (false, true) => {
                let name = name_in(&MODE, &reader.origin(&MODE));
                let warning = format!("credentials are set, but not checked, as {name} is none");
                reader.warnings.push(warning);
            }
            (true, false) => {
                let because = "jwt requires a secret, a public key, a key set or API keys";
                reader.require(&JWT_SECRET, &MODE, because);
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

/// Reads the configuration of JSON Web Tokens, which is `None` without any key to check them with, and the secret.
fn read_jwt(reader: &mut Reader) -> (Option<JwtConfig>, Option<Secret>) {
    let secret = read_bytes_or_file(
        reader,
        [&JWT_SECRET, &JWT_SECRET_FILE],
        "a secret of at least 32 bytes",
        |bytes| Some((JwtKey::from_secret(bytes).ok()?, Secret::new(bytes).ok()?)),
    );
    let public_key = read_bytes_or_file(
        reader,
        [&JWT_PUBLIC_KEY, &JWT_PUBLIC_KEY_FILE],
        "a public key of RSA or P-256, as PEM",
        |bytes| JwtKey::from_pem(std::str::from_utf8(bytes).ok()?).ok(),
    );
    let url = Kind::new("a URL that begins with https:// or http://", |text| {
        JwksConfig::new(text).ok()
    });
    let mut jwks = reader.optional(&JWKS_URL, &url);
    let mut refresh = JwksConfig::DEFAULT_REFRESH_INTERVAL;
    reader.read(&JWKS_REFRESH, &seconds(1.0..=86400.0), &mut refresh);
    if let Some(jwks) = &mut jwks {
        jwks.refresh_interval = refresh;
    }
    let key_set = read_key_set(reader);
    let (secret_key, secret) = secret.unzip();
    let mut config = JwtConfig {
        keys: secret_key
            .into_iter()
            .chain(public_key)
            .chain(key_set)
            .collect(),
        jwks,
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

fn read_key_set(reader: &mut Reader) -> Vec<JwtKey> {
    let file: Option<PathBuf> = reader.optional(&JWKS_FILE, &path());
    let content = file.and_then(|file| reader.content_of(&JWKS_FILE, &file));
    let Some(content) = content else {
        return Vec::new();
    };
    JwtKey::from_jwks(&String::from_utf8_lossy(&content)).unwrap_or_else(|error| {
        let expected = format!("the path of a JSON Web Key Set (invalid content: {error})");
        reader.reject_setting(JWKS_FILE.variable, expected);
        Vec::new()
    })
}

fn read_ticket_keys(reader: &mut Reader) -> Vec<Secret> {
    let parse = |bytes: &[u8]| {
        let keys = bytes.split(|byte| matches!(byte, b',' | b'\n' | b'\r'));
        let keys = keys.map(<[u8]>::trim_ascii).filter(|key| !key.is_empty());
        let keys: Option<Vec<_>> = keys.map(|key| Secret::new(key).ok()).collect();
        keys.filter(|keys| !keys.is_empty())
    };
    let allowed = "keys of at least 32 bytes, separated by commas";
    read_bytes_or_file(reader, [&TICKET_KEY, &TICKET_KEY_FILE], allowed, parse).unwrap_or_default()
}

/// Reads a secret from a setting, or from the file that another setting names.
fn read_bytes_or_file<T: 'static>(
    reader: &mut Reader,
    [inline, file]: [&'static Setting; 2],
    allowed: &'static str,
    parse: fn(&[u8]) -> Option<T>,
) -> Option<T> {
    let kind = Kind::new(allowed, move |text| parse(text.as_bytes()));
    let value = reader.optional(inline, &kind.secret().multiline());
    let Some(file_path) = reader.optional(file, &path()) else {
        return value;
    };
    if reader.is_set(inline) {
        let inline = name_in(inline, &reader.origin(inline));
        reader.reject_setting(file.variable, format!("no value, as {inline} is set"));
        return value;
    }
    let content = reader.content_of(file, &file_path)?;
    let value = parse(content.trim_ascii_end());
    if value.is_none() {
        reader.reject_setting(file.variable, format!("the path of a file with {allowed}"));
    }
    value
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

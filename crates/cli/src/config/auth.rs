//! Who may do what.

mod api_key;
mod jwt;
mod permission;

use std::time::Duration;

use fast_temporal_server::auth::{AuthConfig, CredentialsConfig, Secret, TicketConfig};

use super::{
    reader::{Reader, kind},
    setting::{Setting, settings},
    source::Origin,
};

settings! {
    AUTH in "auth": "Who may do what. The variables may also be written without `FAST_TEMPORAL_`: \
        `AUTH`, `AUTH_JWT_SECRET`. A key of this table that has no meaning is an error.";

    /// How clients are told apart: `none`, and then anyone may do everything, or `jwt`, by JSON Web
    /// Tokens, API keys and tickets.
    MODE = "FAST_TEMPORAL_AUTH", key "auth.mode", default "none";

    /// The secret that tokens are signed with by HS256. It may stand in a file instead.
    JWT_SECRET = "FAST_TEMPORAL_AUTH_JWT_SECRET", key "auth.jwt_secret";

    /// The file of that secret. A line break at its end does not count.
    JWT_SECRET_FILE = "FAST_TEMPORAL_AUTH_JWT_SECRET_FILE", key "auth.jwt_secret_file";

    /// The public key that tokens are checked with, as PEM: RSA for RS256, P-256 for ES256. It may
    /// stand in a file instead.
    JWT_PUBLIC_KEY = "FAST_TEMPORAL_AUTH_JWT_PUBLIC_KEY", key "auth.jwt_public_key";

    /// The file of that key.
    JWT_PUBLIC_KEY_FILE = "FAST_TEMPORAL_AUTH_JWT_PUBLIC_KEY_FILE",
        key "auth.jwt_public_key_file";

    /// Where public keys are fetched, as a JSON Web Key Set.
    JWKS_URL = "FAST_TEMPORAL_AUTH_JWKS_URL", key "auth.jwks_url";

    /// After which time they are fetched anew. An unknown key makes them be fetched, too.
    JWKS_REFRESH = "FAST_TEMPORAL_AUTH_JWKS_REFRESH_SECONDS", key "auth.jwks_refresh_seconds",
        default "300";

    /// A file with public keys, as a JSON Web Key Set.
    JWKS_FILE = "FAST_TEMPORAL_AUTH_JWKS_FILE", key "auth.jwks_file";

    /// The algorithms that are allowed, whatever keys there are. Each key fits one of them only.
    JWT_ALGORITHMS = "FAST_TEMPORAL_AUTH_JWT_ALGORITHMS", key "auth.jwt_algorithms",
        default "HS256,RS256,ES256";

    /// The issuers (`iss`) whose tokens are taken. Without it, any.
    JWT_ISSUER = "FAST_TEMPORAL_AUTH_JWT_ISSUER", key "auth.jwt_issuer";

    /// The audiences (`aud`) of which a token must name one. Without it, a token must name none.
    JWT_AUDIENCE = "FAST_TEMPORAL_AUTH_JWT_AUDIENCE", key "auth.jwt_audience";

    /// By how much clocks may differ.
    LEEWAY = "FAST_TEMPORAL_AUTH_LEEWAY_SECONDS", key "auth.leeway_seconds", default "30";

    /// The claim that says who the user is.
    SUBJECT_CLAIM = "FAST_TEMPORAL_AUTH_SUBJECT_CLAIM", key "auth.subject_claim", default "sub";

    /// The claim that says what they may do.
    PERMISSIONS_CLAIM = "FAST_TEMPORAL_AUTH_PERMISSIONS_CLAIM", key "auth.permissions_claim",
        default "fast_temporal";

    /// The API keys of backends that may do everything, as `id:hash`. `fast-temporal token key`
    /// makes them.
    API_KEYS = "FAST_TEMPORAL_AUTH_API_KEYS", key "auth.api_keys";

    /// What tickets are signed with: the first key signs, all check. Nodes that have the same take
    /// each other's tickets. Without it: made from the JWT secret, else each process makes up its
    /// own.
    TICKET_KEY = "FAST_TEMPORAL_AUTH_TICKET_KEY", key "auth.ticket_key";

    /// The file of these keys, one on each line.
    TICKET_KEY_FILE = "FAST_TEMPORAL_AUTH_TICKET_KEY_FILE", key "auth.ticket_key_file";

    /// How long a connection that was opened with a ticket may last.
    TICKET_SESSION = "FAST_TEMPORAL_AUTH_TICKET_SESSION_SECONDS",
        key "auth.ticket_session_seconds", default "43200";

    /// How long a WebSocket connection that came without credentials may take to bring them.
    WAIT = "FAST_TEMPORAL_AUTH_WAIT_SECONDS", key "auth.wait_seconds", default "10";
}

/// How clients are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// They are not: anyone may do everything.
    None,
    /// By JSON Web Tokens, API keys and tickets.
    Jwt,
}

/// Who may do what.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// `MODE`.
    pub mode: AuthMode,
    /// What is known of clients' credentials.
    pub credentials: CredentialsConfig,
    /// `JWT_SECRET`.
    pub jwt_secret: Option<Secret>,
    /// `WAIT`.
    pub wait: Duration,
}

impl AuthSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let modes = kind::choice(&[("none", AuthMode::None), ("jwt", AuthMode::Jwt)]);
        let mode = reader.or(&MODE, &modes);
        let (jwt, jwt_secret) = jwt::read(reader);
        let api_keys = api_key::read(reader);
        let seconds = kind::seconds(1.0..=31_536_000.0);
        let settings = Self {
            mode,
            credentials: CredentialsConfig {
                jwt,
                api_keys,
                tickets: TicketConfig {
                    keys: read_ticket_keys(reader),
                    session_limit: reader.or(&TICKET_SESSION, &seconds),
                },
            },
            jwt_secret,
            wait: reader.or(&WAIT, &kind::seconds(0.1..=300.0)),
        };
        reader.refuse_rest(&AUTH, &[permission::TABLE, api_key::TABLES]);
        settings.check(reader);
        settings
    }

    /// Credentials that nobody is asked for, and no credentials that could be brought, are
    /// mistakes. The first would leave a gateway open that somebody meant to close.
    fn check(&self, reader: &mut Reader) {
        let given = [
            &JWT_SECRET,
            &JWT_SECRET_FILE,
            &JWT_PUBLIC_KEY,
            &JWT_PUBLIC_KEY_FILE,
            &JWKS_URL,
            &JWKS_FILE,
            &API_KEYS,
        ];
        let mut given = given.into_iter().filter(|setting| reader.is_set(setting));
        let given = given.next();
        let any = given.is_some() || !self.credentials.api_keys.is_empty();
        let in_force = reader.origin(&MODE) != Origin::Default;
        match self.mode {
            AuthMode::None if !in_force && any => {
                let because =
                    "without a mode, credentials would not be asked for: it is jwt or none";
                reader.miss(&MODE, given.unwrap_or(&API_KEYS), because);
            }
            AuthMode::None if any => {
                let warning =
                    "credentials are set, and nobody is asked for them, as the mode is none";
                reader.warnings.push(warning.to_owned());
            }
            AuthMode::Jwt if !any => {
                let because = "it needs a secret, a public key, a key set or API keys";
                reader.miss(&JWT_SECRET, &MODE, because);
            }
            _ => {}
        }
    }

    /// Whether anyone may do everything.
    pub fn is_open(&self) -> bool {
        self.mode == AuthMode::None
    }

    /// The same for the server.
    pub fn config(&self) -> AuthConfig {
        match self.mode {
            AuthMode::None => AuthConfig::None,
            AuthMode::Jwt => AuthConfig::Checked(Box::new(self.credentials.clone())),
        }
    }
}

fn read_ticket_keys(reader: &mut Reader) -> Vec<Secret> {
    let parse = |content: &[u8]| {
        let keys = content.split(|byte| matches!(byte, b',' | b'\n' | b'\r'));
        let keys = keys.map(<[u8]>::trim_ascii).filter(|key| !key.is_empty());
        let keys: Option<Vec<_>> = keys.map(|key| Secret::new(key).ok()).collect();
        keys.filter(|keys| !keys.is_empty())
    };
    let what = "keys of at least 32 bytes, separated by commas";
    let keys = inline_or_file(reader, &TICKET_KEY, &TICKET_KEY_FILE, what, parse);
    keys.unwrap_or_default()
}

/// What stands in a setting, or in the file that another one names.
fn inline_or_file<T: 'static>(
    reader: &mut Reader,
    inline: &'static Setting,
    file: &'static Setting,
    what: &'static str,
    parse: fn(&[u8]) -> Option<T>,
) -> Option<T> {
    let kind = kind::masked(what, move |text| parse(text.as_bytes()));
    let value = reader.optional(inline, &kind);
    let Some(path) = reader.path(file) else {
        return value;
    };
    if reader.is_set(inline) {
        let inline = inline.name_at(&reader.origin(inline));
        reader.refuse(file, format!("none, as {inline} is set"));
        return value;
    }
    let content = reader.content_of(file, &path)?;
    let value = parse(content.trim_ascii_end());
    if value.is_none() {
        reader.refuse(file, format!("the path of a file with {what}"));
    }
    value
}

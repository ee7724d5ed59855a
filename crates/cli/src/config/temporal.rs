//! How Temporal is reached.

use std::{path::PathBuf, time::Duration};

use fast_temporal_temporal::{Secret, TemporalConfig, TlsConfig};

use super::{
    reader::{Reader, kind},
    setting::settings,
    source::Origin,
};

settings! {
    TEMPORAL in "temporal": "How Temporal is reached.";

    /// Where Temporal is. `dev` starts a server of its own where nobody says.
    ADDRESS = "TEMPORAL_ADDRESS", key "temporal.address";

    /// The Python package's name for the same. Where both are variables, `TEMPORAL_ADDRESS` wins.
    CLIENT = "TEMPORAL_CLIENT";

    /// The namespace. One gateway serves one.
    NAMESPACE = "TEMPORAL_NAMESPACE", key "temporal.namespace", default "default";

    /// Sent to Temporal as a bearer token. Encrypts the connection unless told otherwise.
    API_KEY = "TEMPORAL_API_KEY", key "temporal.api_key";

    /// Whether the connection is encrypted. Without it: where the address says `https://`, or an
    /// API key, a certificate or a server name is set.
    TLS = "TEMPORAL_TLS", key "temporal.tls";

    /// The name in the server's certificate, where it is not the address's host.
    TLS_SERVER_NAME = "TEMPORAL_TLS_SERVER_NAME", key "temporal.tls_server_name";

    /// Who signed the server's certificate, as PEM. Without it, the system's authorities.
    TLS_CA_CERTIFICATE = "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        key "temporal.tls_server_ca_cert_path";

    /// The gateway's own certificate, as PEM. Set together with its key.
    TLS_CERTIFICATE = "TEMPORAL_TLS_CLIENT_CERT_PATH", key "temporal.tls_client_cert_path";

    /// The certificate's key, as PEM.
    TLS_KEY = "TEMPORAL_TLS_CLIENT_KEY_PATH", key "temporal.tls_client_key_path";

    /// How long a request to Temporal may take that waits for nothing.
    REQUEST_LIMIT = "FAST_TEMPORAL_REQUEST_LIMIT_SECONDS", key "temporal.request_limit_seconds",
        default "10";
}

/// How Temporal is reached.
#[derive(Clone, Debug)]
pub struct TemporalSettings {
    /// `ADDRESS`, else `CLIENT`; `None` where neither is set: then it is
    /// `DEFAULT_ADDRESS`(Self::DEFAULT_ADDRESS), but for `dev`, which starts a server of its
    /// own.
    pub address: Option<String>,
    /// `NAMESPACE`.
    pub namespace: String,
    /// `API_KEY`.
    pub api_key: Option<Secret>,
    /// What the settings beside the address say of encryption.
    pub tls: TlsConfig,
    /// `REQUEST_LIMIT`.
    pub request_limit: Duration,
}

impl TemporalSettings {
    /// Where Temporal is if nobody says.
    pub const DEFAULT_ADDRESS: &'static str = "localhost:7233";

    pub(super) fn read(reader: &mut Reader) -> Self {
        let api_key = kind::secret();
        Self {
            address: read_address(reader),
            namespace: reader.or(&NAMESPACE, &kind::name()),
            api_key: reader.optional(&API_KEY, &api_key).map(Secret::new),
            tls: read_tls(reader),
            request_limit: reader.or(&REQUEST_LIMIT, &kind::seconds(0.1..=300.0)),
        }
    }

    /// Where Temporal is.
    pub fn address(&self) -> &str {
        self.address.as_deref().unwrap_or(Self::DEFAULT_ADDRESS)
    }

    /// The same for the engine.
    pub fn config(&self) -> TemporalConfig {
        TemporalConfig {
            address: self.address().to_owned(),
            namespace: self.namespace.clone(),
            api_key: self.api_key.clone(),
            tls: self.tls.clone(),
            request_timeout: self.request_limit,
            ..TemporalConfig::default()
        }
    }
}

fn read_address(reader: &mut Reader) -> Option<String> {
    let address = reader.optional(&ADDRESS, &kind::address());
    let client = reader.optional(&CLIENT, &kind::address());
    if client.is_none() {
        reader.assume(&ADDRESS, TemporalSettings::DEFAULT_ADDRESS);
    }
    let (Some(address), Some(client)) = (address.clone(), client.clone()) else {
        return address.or(client);
    };
    // The file says less than any variable does, by whatever name.
    let origin = reader.origin(&ADDRESS);
    let in_file = matches!(origin, Origin::File { .. });
    if address != client {
        let address = format!("{} ({address})", ADDRESS.name_at(&origin));
        let client = format!("{} ({client})", CLIENT.variable);
        let (used, unused) = if in_file {
            (client, address)
        } else {
            (address, client)
        };
        let warning = format!("{unused} is not used, as {used} is set");
        reader.warnings.push(warning);
    }
    Some(if in_file { client } else { address })
}

fn read_tls(reader: &mut Reader) -> TlsConfig {
    let enabled = reader.optional(&TLS, &kind::flag());
    let server_name = reader.optional(&TLS_SERVER_NAME, &kind::host());
    let authority = reader.path(&TLS_CA_CERTIFICATE);
    let certificate = reader.path(&TLS_CERTIFICATE);
    let key = reader.path(&TLS_KEY);
    let together = "a client certificate and its key are set together";
    match (&certificate, &key) {
        (Some(_), None) => reader.miss(&TLS_KEY, &TLS_CERTIFICATE, together),
        (None, Some(_)) => reader.miss(&TLS_CERTIFICATE, &TLS_KEY, together),
        _ => {}
    }
    let asked = server_name.is_some() || authority.is_some() || certificate.is_some();
    let mut content = |setting, path: Option<PathBuf>| reader.content_of(setting, &path?);
    let authority = content(&TLS_CA_CERTIFICATE, authority);
    let certificate = content(&TLS_CERTIFICATE, certificate);
    let key = content(&TLS_KEY, key);
    let key = key.map(|key| Secret::new(String::from_utf8_lossy(&key)));
    TlsConfig {
        enabled: enabled.or(asked.then_some(true)),
        server_name,
        ca_certificate: authority,
        client_identity: certificate.zip(key),
    }
}

//! How Temporal is reached.

use std::{path::PathBuf, time::Duration};

use fast_temporal_temporal::{Secret, TemporalConfig, TlsConfig};

use super::{
    ConfigError, ConfigErrors,
    reader::{Reader, kind},
};

/// How Temporal is reached.
#[derive(Clone, Debug)]
pub struct TemporalSettings {
    /// Where Temporal is. `TEMPORAL_ADDRESS`, else `TEMPORAL_CLIENT`; `None` where neither is
    /// set: then it is [`DEFAULT_ADDRESS`](Self::DEFAULT_ADDRESS), but for `dev`, which starts a
    /// server of its own.
    pub address: Option<String>,
    /// The namespace. `TEMPORAL_NAMESPACE`; default `default`.
    pub namespace: String,
    /// Sent as a bearer token; encrypts the connection unless told otherwise.
    /// `TEMPORAL_API_KEY`; default none.
    pub api_key: Option<Secret>,
    /// Whether the connection is encrypted. `TEMPORAL_TLS`; default: where the address says
    /// `https://`, or an API key, a certificate or a server name is set.
    pub tls: Option<bool>,
    /// The name in the server's certificate, where it is not the address's host.
    /// `TEMPORAL_TLS_SERVER_NAME`; default none.
    pub tls_server_name: Option<String>,
    /// The file of the authority that signed the server's certificate, as PEM.
    /// `TEMPORAL_TLS_SERVER_CA_CERT_PATH`; default: the system's authorities.
    pub tls_ca_certificate: Option<PathBuf>,
    /// The files of the gateway's own certificate and its key, as PEM.
    /// `TEMPORAL_TLS_CLIENT_CERT_PATH` and `TEMPORAL_TLS_CLIENT_KEY_PATH`; default none.
    pub tls_client: Option<(PathBuf, PathBuf)>,
    /// How long a request may take that waits for nothing.
    /// `FAST_TEMPORAL_REQUEST_LIMIT_SECONDS`; default 10.
    pub request_limit: Duration,
}

impl TemporalSettings {
    /// Where Temporal is if nobody says.
    pub const DEFAULT_ADDRESS: &'static str = "localhost:7233";

    pub(super) fn read(reader: &mut Reader, warnings: &mut Vec<String>) -> Self {
        let address = reader.optional("TEMPORAL_ADDRESS", &kind::address());
        let client = reader.optional("TEMPORAL_CLIENT", &kind::address());
        if let (Some(address), Some(client)) = (&address, &client)
            && address != client
        {
            warnings.push(format!(
                "TEMPORAL_CLIENT ({client}) is not used, as TEMPORAL_ADDRESS ({address}) is set"
            ));
        }
        if client.is_none() {
            reader.assume("TEMPORAL_ADDRESS", Self::DEFAULT_ADDRESS);
        }
        let namespace = reader.or("TEMPORAL_NAMESPACE", "default", &kind::name());
        let api_key = reader
            .optional("TEMPORAL_API_KEY", &kind::secret())
            .map(Secret::new);
        let tls = reader.optional("TEMPORAL_TLS", &kind::flag());
        let tls_server_name = reader.optional("TEMPORAL_TLS_SERVER_NAME", &kind::host());
        let tls_ca_certificate = reader.optional("TEMPORAL_TLS_SERVER_CA_CERT_PATH", &kind::path());
        let certificate = reader.optional("TEMPORAL_TLS_CLIENT_CERT_PATH", &kind::path());
        let key = reader.optional("TEMPORAL_TLS_CLIENT_KEY_PATH", &kind::path());
        let missing = match (&certificate, &key) {
            (Some(_), None) => Some("TEMPORAL_TLS_CLIENT_KEY_PATH"),
            (None, Some(_)) => Some("TEMPORAL_TLS_CLIENT_CERT_PATH"),
            _ => None,
        };
        if let Some(missing) = missing {
            let because = "a client certificate and its key are set together";
            reader
                .errors
                .push(ConfigError::Missing { missing, because });
        }
        let request_limit = reader.or(
            "FAST_TEMPORAL_REQUEST_LIMIT_SECONDS",
            "10",
            &kind::seconds(0.1..=300.0),
        );
        Self {
            address: address.or(client),
            namespace,
            api_key,
            tls,
            tls_server_name,
            tls_ca_certificate,
            tls_client: certificate.zip(key),
            request_limit,
        }
    }

    /// Where Temporal is.
    pub fn address(&self) -> &str {
        self.address.as_deref().unwrap_or(Self::DEFAULT_ADDRESS)
    }

    /// The same for the engine. Reads the certificates.
    ///
    /// # Errors
    /// The files that can't be read, all at once.
    pub fn config(&self) -> Result<TemporalConfig, ConfigErrors> {
        let mut errors = Vec::new();
        let mut file = |name, path: &PathBuf| {
            let failed = |reason: std::io::Error| ConfigError::File {
                name,
                path: path.display().to_string(),
                reason: reason.to_string(),
            };
            std::fs::read(path)
                .map_err(failed)
                .map_err(|error| errors.push(error))
                .ok()
        };
        let ca_certificate = self
            .tls_ca_certificate
            .as_ref()
            .and_then(|path| file("TEMPORAL_TLS_SERVER_CA_CERT_PATH", path));
        let client_identity = self.tls_client.as_ref().and_then(|(certificate, key)| {
            let certificate = file("TEMPORAL_TLS_CLIENT_CERT_PATH", certificate);
            let key = file("TEMPORAL_TLS_CLIENT_KEY_PATH", key);
            let key = key.map(|key| Secret::new(String::from_utf8_lossy(&key)));
            certificate.zip(key)
        });
        if !errors.is_empty() {
            return Err(ConfigErrors(errors));
        }
        Ok(TemporalConfig {
            address: self.address().to_owned(),
            namespace: self.namespace.clone(),
            api_key: self.api_key.clone(),
            tls: TlsConfig {
                enabled: self.encrypted(),
                server_name: self.tls_server_name.clone(),
                ca_certificate,
                client_identity,
            },
            request_timeout: self.request_limit,
            ..TemporalConfig::default()
        })
    }

    /// Whether to encrypt, as far as the settings beside the address say.
    fn encrypted(&self) -> Option<bool> {
        let asked = self.tls_server_name.is_some()
            || self.tls_ca_certificate.is_some()
            || self.tls_client.is_some();
        self.tls.or(asked.then_some(true))
    }
}

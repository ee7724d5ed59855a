//! The table `[temporal]`: how the gateway connects to Temporal.

use std::{path::PathBuf, time::Duration};

use fast_temporal_core::settings::{Kind, name, path, seconds, switch};
use fast_temporal_temporal::{DEFAULT_ADDRESS, SecretString, TemporalConfig, TlsConfig};

use super::{
    error::Origin,
    kind::{address, host},
    reader::Reader,
};

fast_temporal_core::settings! {
    /// The connection to Temporal, as an operator sets it.
    pub struct TemporalSettings {
        /// Address of the Temporal server. If not set, `dev` starts a server.
        pub address: Option<String> = None => ["temporal.address", "TEMPORAL_ADDRESS", address().optional()],

        /// The same, as the Python package names it. `TEMPORAL_ADDRESS` overrides it.
        pub client: Option<String> = None => ["", "TEMPORAL_CLIENT", address().optional()],

        /// Namespace of all workflows. A gateway serves one namespace.
        pub namespace: String = TemporalConfig::default().namespace
            => ["temporal.namespace", "TEMPORAL_NAMESPACE", name()],

        /// API key, sent to Temporal as a bearer token. Enables TLS by default.
        pub api_key: Option<SecretString> = None => [
            "temporal.api_key", "TEMPORAL_API_KEY", api_key().secret().optional(),
            example "\"key-of-a-namespace-in-Temporal-Cloud\""
        ],

        /// Whether the connection uses TLS. By default, it does if the address begins with `https://`, or if an API
        /// key, a certificate or a server name is set.
        pub tls: Option<bool> = None => ["temporal.tls", "TEMPORAL_TLS", switch().optional(), example "true"],

        /// Name in the server's certificate, if it differs from the host of the address.
        pub server_name: Option<String> = None => [
            "temporal.tls_server_name", "TEMPORAL_TLS_SERVER_NAME", host().optional(),
            example "\"temporal.example.org\""
        ],

        /// Path of the certificate of the authority that signed the server's certificate, as PEM. By default, the
        /// system's authorities.
        pub ca_certificate: Option<PathBuf> = None => [
            "temporal.tls_server_ca_cert_path", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", path().optional(),
            example "\"secrets/ca.pem\""
        ],

        /// Path of the gateway's own certificate, as PEM. Requires its key.
        pub certificate: Option<PathBuf> = None => [
            "temporal.tls_client_cert_path", "TEMPORAL_TLS_CLIENT_CERT_PATH", path().optional(),
            example "\"secrets/client.pem\""
        ],

        /// Path of the key of the gateway's certificate, as PEM.
        pub key: Option<PathBuf> = None => [
            "temporal.tls_client_key_path", "TEMPORAL_TLS_CLIENT_KEY_PATH", path().optional(),
            example "\"secrets/client.key\""
        ],

        /// Timeout of a request to Temporal that isn't a long-poll.
        pub request_timeout: Duration = TemporalConfig::default().request_timeout
            => ["temporal.rpc_timeout_seconds", "FAST_TEMPORAL_RPC_TIMEOUT_SECONDS", seconds(0.1..=300.0)],
    }
}

fn api_key() -> Kind<SecretString> {
    let is_valid = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    Kind::new("printable ASCII without spaces", move |text| {
        is_valid(text).then(|| text.into())
    })
}

/// Reads the configuration of the connection, and the address if it is set.
pub(super) fn read(reader: &mut Reader) -> (TemporalConfig, Option<String>) {
    let mut settings = TemporalSettings::default();
    settings.read_settings(reader);
    let tls = tls(reader, &settings);
    let address = set_address(reader, settings.address, settings.client);
    let default = TemporalConfig::default();
    let config = TemporalConfig {
        address: address.clone().unwrap_or(default.address),
        namespace: settings.namespace,
        api_key: settings.api_key,
        tls,
        request_timeout: settings.request_timeout,
        ..default
    };
    (config, address)
}

/// Returns the address that overrides the other one.
fn set_address(
    reader: &mut Reader,
    address: Option<String>,
    client: Option<String>,
) -> Option<String> {
    const ADDRESS: &str = "temporal.address";
    const CLIENT: &str = "TEMPORAL_CLIENT";
    if client.is_none() {
        reader.assume(ADDRESS, DEFAULT_ADDRESS);
    }
    let (Some(address), Some(client)) = (&address, &client) else {
        return address.or(client);
    };
    // Any variable overrides the file.
    let mut used = (reader.name(ADDRESS), address);
    let mut ignored = (CLIENT, client);
    if matches!(reader.origin(ADDRESS), Origin::File { .. }) {
        std::mem::swap(&mut used, &mut ignored);
    }
    if used.1 != ignored.1 {
        let show = |(name, address): (&str, &String)| format!("{name} ({address})");
        let warning = format!("{} is ignored, as {} is set", show(ignored), show(used));
        reader.warnings.push(warning);
    }
    Some(used.1.clone())
}

fn tls(reader: &mut Reader, settings: &TemporalSettings) -> TlsConfig {
    const CA_CERTIFICATE: &str = "temporal.tls_server_ca_cert_path";
    const CERTIFICATE: &str = "temporal.tls_client_cert_path";
    const KEY: &str = "temporal.tls_client_key_path";
    let because = "a client certificate requires its key, and a key its certificate";
    match (&settings.certificate, &settings.key) {
        (Some(_), None) => reader.require(KEY, CERTIFICATE, because),
        (None, Some(_)) => reader.require(CERTIFICATE, KEY, because),
        _ => {}
    }
    let implied = settings.server_name.is_some()
        || settings.ca_certificate.is_some()
        || settings.certificate.is_some();
    let mut content = |key, path: &Option<PathBuf>| reader.content_of(key, path.as_deref());
    let ca_certificate = content(CA_CERTIFICATE, &settings.ca_certificate);
    let certificate = content(CERTIFICATE, &settings.certificate);
    let key = content(KEY, &settings.key);
    let key = key.map(|key| String::from_utf8_lossy(&key).into_owned().into());
    TlsConfig {
        enabled: settings.tls.or(implied.then_some(true)),
        server_name: settings.server_name.clone(),
        ca_certificate,
        client_identity: certificate.zip(key),
    }
}

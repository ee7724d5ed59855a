//! The table `[temporal]`: how the gateway connects to Temporal.

use std::path::PathBuf;

use fast_temporal_core::settings::{
    Setting, SettingReader as _, name, path, seconds, switch, text,
};
use fast_temporal_temporal::{Secret, TemporalConfig, TlsConfig};

use super::{
    error::Origin,
    kind::{address, host},
    reader::{Reader, name_in},
};

const DEFAULT_ADDRESS: &str = "localhost:7233";

const ADDRESS: Setting = Setting::new(
    "temporal.address",
    "TEMPORAL_ADDRESS",
    "Address of the Temporal server. If not set, `dev` starts a server.",
);
const CLIENT: Setting = Setting {
    key: None,
    ..Setting::new(
        "",
        "TEMPORAL_CLIENT",
        "The same, as the Python package names it. `TEMPORAL_ADDRESS` overrides it.",
    )
};
const NAMESPACE: Setting = Setting::new(
    "temporal.namespace",
    "TEMPORAL_NAMESPACE",
    "Namespace of all workflows. A gateway serves one namespace.",
);
const API_KEY: Setting = Setting::new(
    "temporal.api_key",
    "TEMPORAL_API_KEY",
    "API key, sent to Temporal as a bearer token. Enables TLS by default.",
)
.example("\"key-of-a-namespace-in-Temporal-Cloud\"");
const TLS: Setting = Setting::new(
    "temporal.tls",
    "TEMPORAL_TLS",
    "Whether the connection uses TLS. By default, it does if the address begins with `https://`, or if an API key, a \
     certificate or a server name is set.",
)
.example("true");
const TLS_SERVER_NAME: Setting = Setting::new(
    "temporal.tls_server_name",
    "TEMPORAL_TLS_SERVER_NAME",
    "Name in the server's certificate, if it differs from the host of the address.",
)
.example("\"temporal.example.org\"");
const TLS_CA_CERTIFICATE: Setting = Setting::new(
    "temporal.tls_server_ca_cert_path",
    "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    "Path of the certificate of the authority that signed the server's certificate, as PEM. By default, the system's \
     authorities.",
)
.example("\"secrets/ca.pem\"");
const TLS_CERTIFICATE: Setting = Setting::new(
    "temporal.tls_client_cert_path",
    "TEMPORAL_TLS_CLIENT_CERT_PATH",
    "Path of the gateway's own certificate, as PEM. Requires its key.",
)
.example("\"secrets/client.pem\"");
const TLS_KEY: Setting = Setting::new(
    "temporal.tls_client_key_path",
    "TEMPORAL_TLS_CLIENT_KEY_PATH",
    "Path of the key of the gateway's certificate, as PEM.",
)
.example("\"secrets/client.key\"");
const RPC_TIMEOUT: Setting = Setting::new(
    "temporal.rpc_timeout_seconds",
    "FAST_TEMPORAL_RPC_TIMEOUT_SECONDS",
    "Timeout of a request to Temporal that isn't a long-poll.",
);

/// Reads the configuration of the connection, and the address if it is set.
pub(super) fn read(reader: &mut Reader) -> (TemporalConfig, Option<String>) {
    let address = read_address(reader);
    let mut config = TemporalConfig {
        address: address
            .clone()
            .unwrap_or_else(|| DEFAULT_ADDRESS.to_owned()),
        ..TemporalConfig::default()
    };
    reader.read(&NAMESPACE, &name(), &mut config.namespace);
    let api_key = text("printable ASCII without spaces", |text| {
        text.bytes().all(|byte| byte.is_ascii_graphic())
    });
    config.api_key = reader
        .optional(&API_KEY, &api_key.secret())
        .map(Secret::new);
    config.tls = read_tls(reader);
    reader.read(
        &RPC_TIMEOUT,
        &seconds(0.1..=300.0),
        &mut config.request_timeout,
    );
    (config, address)
}

fn read_address(reader: &mut Reader) -> Option<String> {
    let address_set = reader.optional(&ADDRESS, &address());
    let client_set = reader.optional(&CLIENT, &address());
    if client_set.is_none() {
        reader.assume(&ADDRESS, DEFAULT_ADDRESS);
    }
    let (Some(address), Some(client)) = (&address_set, &client_set) else {
        return address_set.or(client_set);
    };
    // Any variable overrides the file.
    let origin = reader.origin(&ADDRESS);
    let client_wins = matches!(origin, Origin::File { .. });
    if address != client {
        let mut names = [
            format!("{} ({address})", name_in(&ADDRESS, &origin)),
            format!("{} ({client})", CLIENT.variable),
        ];
        if client_wins {
            names.reverse();
        }
        let [used, ignored] = names;
        reader
            .warnings
            .push(format!("{ignored} is ignored, as {used} is set"));
    }
    if client_wins { client_set } else { address_set }
}

fn read_tls(reader: &mut Reader) -> TlsConfig {
    let enabled = reader.optional(&TLS, &switch());
    let server_name = reader.optional(&TLS_SERVER_NAME, &host());
    let authority: Option<PathBuf> = reader.optional(&TLS_CA_CERTIFICATE, &path());
    let certificate = reader.optional(&TLS_CERTIFICATE, &path());
    let key = reader.optional(&TLS_KEY, &path());
    let because = "a client certificate requires its key, and a key its certificate";
    match (&certificate, &key) {
        (Some(_), None) => reader.require(&TLS_KEY, &TLS_CERTIFICATE, because),
        (None, Some(_)) => reader.require(&TLS_CERTIFICATE, &TLS_KEY, because),
        _ => {}
    }
    let implied = server_name.is_some() || authority.is_some() || certificate.is_some();
    let mut content = |setting, path: Option<PathBuf>| reader.content_of(setting, &path?);
    let ca_certificate = content(&TLS_CA_CERTIFICATE, authority);
    let certificate = content(&TLS_CERTIFICATE, certificate);
    let key = content(&TLS_KEY, key);
    let key = key.map(|key| Secret::new(String::from_utf8_lossy(&key)));
    TlsConfig {
        enabled: enabled.or(implied.then_some(true)),
        server_name,
        ca_certificate,
        client_identity: certificate.zip(key),
    }
}

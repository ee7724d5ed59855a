//! The table `[listen]`: where the gateway listens, and which pages can connect.

use std::net::IpAddr;

use fast_temporal_core::settings::{switch, whole};
use fast_temporal_server::{AllowedOrigins, AppConfig, IpNet};

use super::{
    kind::{host, networks, origins},
    reader::Reader,
};

fast_temporal_core::settings! {
    /// Where the gateway listens.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ListenSettings {
        /// Address or host name to listen on.
        pub host: String = "127.0.0.1".to_owned() => ["listen.host", "FASTAPI_HOST", host(), flag "--host"],

        /// Port to listen on; 0 selects a free port.
        pub port: u16 = 8000 => ["listen.port", "FASTAPI_PORT", whole(0..=u16::MAX), flag "--port"],

        /// Whether the gateway drains and restarts with the new settings when the settings file or `.env` changes.
        pub reload: bool = false => ["listen.reload", "FASTAPI_RELOAD", switch(), flag "--reload"],

        /// Whether the gateway serves without authentication on an address that other machines can reach.
        pub insecure: bool = false => ["listen.insecure", "FAST_TEMPORAL_INSECURE", switch(), flag "--insecure"],

        /// Origins of the pages that can connect, or `*` for all. Pages that the gateway serves on a local address can
        /// always connect, and so can programs, which send no origin.
        pub allowed_origins: Vec<String> = Vec::new()
            => ["listen.allowed_origins", "ALLOWED_ORIGINS", origins(), example "[\"https://app.example.org\"]"],

        /// Addresses or networks of the proxies in front of the gateway. The gateway trusts the client address in their
        /// `X-Forwarded-For` and `Forwarded` headers.
        pub trusted_proxies: Vec<IpNet> = Vec::new()
            => ["listen.trusted_proxies", "FAST_TEMPORAL_TRUSTED_PROXIES", networks(), example "[\"10.0.0.0/8\"]"],
    }
}

impl ListenSettings {
    /// Reads the table, including what the server configures with it.
    pub(super) fn read(reader: &mut Reader, app: &mut AppConfig) -> Self {
        let mut settings = Self::default();
        settings.read_settings(reader);
        let origins = settings.allowed_origins.clone();
        app.origins = if origins.iter().any(|origin| origin == "*") {
            AllowedOrigins::Any
        } else {
            AllowedOrigins::List(origins)
        };
        app.connections
            .trusted_proxies
            .clone_from(&settings.trusted_proxies);
        settings
    }

    /// Returns whether only this machine can connect.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        address.map_or(self.host == "localhost", |address| address.is_loopback())
    }
}

//! Where the gateway listens, and to whom.

use std::net::IpAddr;

use fast_temporal_server::IpNet;

use super::{
    reader::{Reader, kind},
    setting::settings,
};

settings! {
    LISTEN in "listen": "Where the gateway listens, and to whom.";

    /// The address or name to listen on.
    HOST = "FASTAPI_HOST", key "listen.host", flag "--host", default "127.0.0.1";

    /// The port; 0 takes a free one.
    PORT = "FASTAPI_PORT", key "listen.port", flag "--port", default "8000";

    /// Whether a change of the settings' file or of `.env` makes the gateway drain and start anew
    /// with it.
    RELOAD = "FASTAPI_RELOAD", key "listen.reload", flag "--reload", default "false";

    /// Pages that may connect, by their origin, or `*` for all. Pages that the gateway itself
    /// serves on a local address always may, and so may programs, which send no origin.
    ALLOWED_ORIGINS = "ALLOWED_ORIGINS", key "listen.allowed_origins";

    /// The proxies in front of the gateway, by address or range as in `10.0.0.0/8`. What they say
    /// of a client's address (`X-Forwarded-For`, `Forwarded`) is believed.
    TRUSTED_PROXIES = "FAST_TEMPORAL_TRUSTED_PROXIES", key "listen.trusted_proxies";

    /// Whether to serve without authentication on an address that others can reach.
    INSECURE = "FAST_TEMPORAL_INSECURE", key "listen.insecure", flag "--insecure",
        default "false";
}

/// Where the gateway listens, and to whom.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// `HOST`.
    pub host: String,
    /// `PORT`.
    pub port: u16,
    /// `RELOAD`.
    pub reload: bool,
    /// `ALLOWED_ORIGINS`, in lower case.
    pub allowed_origins: Vec<String>,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// `INSECURE`.
    pub insecure: bool,
}

impl ListenSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let origins = reader.optional(&ALLOWED_ORIGINS, &kind::origins());
        let proxies = reader.optional(&TRUSTED_PROXIES, &kind::networks());
        Self {
            host: reader.or(&HOST, &kind::host()),
            port: reader.or(&PORT, &kind::whole(0..=u16::MAX)),
            reload: reader.or(&RELOAD, &kind::flag()),
            allowed_origins: origins.unwrap_or_default(),
            trusted_proxies: proxies.unwrap_or_default(),
            insecure: reader.or(&INSECURE, &kind::flag()),
        }
    }

    /// Whether only this machine can connect.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        address.map_or_else(
            |_| self.host == "localhost",
            |address| address.is_loopback(),
        )
    }
}

//! Where the gateway listens, and to whom.

use std::net::IpAddr;

use super::reader::{Reader, kind};

/// Where the gateway listens, and to whom.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// The address or name to listen on. `FASTAPI_HOST`, `--host`; default 127.0.0.1.
    pub host: String,
    /// The port; 0 takes a free one. `FASTAPI_PORT`, `--port`; default 8000.
    pub port: u16,
    /// Whether a change of `.env` makes the gateway drain and start anew with it.
    /// `FASTAPI_RELOAD`, `--reload`; default false.
    pub reload: bool,
    /// Web origins whose pages may connect, in lower case, or `*` for all. `ALLOWED_ORIGINS`;
    /// default none: then only programs may, which send no origin, and pages that this gateway
    /// itself serves on a local address.
    pub allowed_origins: Vec<String>,
    /// Whether to serve without authentication on an address that others can reach.
    /// `FAST_TEMPORAL_INSECURE`, `--insecure`; default false.
    pub insecure: bool,
}

impl ListenSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            host: reader.or("FASTAPI_HOST", "127.0.0.1", &kind::host()),
            port: reader.or("FASTAPI_PORT", "8000", &kind::whole(0..=u16::MAX)),
            reload: reader.or("FASTAPI_RELOAD", "false", &kind::flag()),
            allowed_origins: reader
                .optional("ALLOWED_ORIGINS", &kind::origins())
                .unwrap_or_default(),
            insecure: reader.or("FAST_TEMPORAL_INSECURE", "false", &kind::flag()),
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

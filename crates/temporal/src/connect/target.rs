//! Parses the address of a Temporal server.

use tonic::transport::Uri;

use crate::config::TlsConfig;

/// The default port of Temporal's frontend.
const DEFAULT_PORT: u16 = 7233;

/// The address to connect to.
#[derive(Debug)]
pub(super) struct Target {
    /// `http(s)://host:port`.
    pub(super) uri: Uri,
    /// Whether the connection is encrypted.
    pub(super) encrypted: bool,
}

impl Target {
    /// Parses `host`, `host:port` or `http(s)://host:port`. The error is what is wrong with it.
    pub(super) fn parse(
        address: &str,
        tls: &TlsConfig,
        has_api_key: bool,
    ) -> Result<Self, &'static str> {
        let (scheme, rest) = match address.trim().split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None => ("", address.trim()),
        };
        let encrypted = match scheme {
            "" | "http" | "https" => tls.enabled.unwrap_or(scheme == "https" || has_api_key),
            _ => return Err("unsupported scheme; expected http:// or https://"),
        };
        let authority = rest.trim_end_matches('/');
        if authority.contains(['/', '@', '?', '#']) {
            return Err("expected only a host and a port");
        }
        let scheme = if encrypted { "https" } else { "http" };
        let uri: Uri = format!("{scheme}://{authority}")
            .parse()
            .map_err(|_| "expected host:port")?;
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or("missing host")?;
        let uri = match uri.port_u16() {
            Some(0) => return Err("port 0 is reserved"),
            Some(_) => uri,
            None if authority.ends_with(':') || authority.len() > host.len() => {
                return Err("the port must be a number from 1 to 65535");
            }
            None => format!("{scheme}://{authority}:{DEFAULT_PORT}")
                .parse()
                .map_err(|_| "expected host:port")?,
        };
        Ok(Self { uri, encrypted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str, has_api_key: bool) -> Result<(String, bool), &'static str> {
        Target::parse(address, &TlsConfig::default(), has_api_key)
            .map(|target| (target.uri.to_string(), target.encrypted))
    }

    #[test]
    fn addresses_are_parsed_with_their_defaults() {
        for (address, api_key, uri, encrypted) in [
            ("127.0.0.1:7233", false, "http://127.0.0.1:7233/", false),
            ("localhost", false, "http://localhost:7233/", false),
            (" t.local:80 ", false, "http://t.local:80/", false),
            ("http://t:1/", false, "http://t:1/", false),
            ("https://t", false, "https://t:7233/", true),
            (
                "ns.tmprl.cloud:7233",
                true,
                "https://ns.tmprl.cloud:7233/",
                true,
            ),
            ("[::1]:7233", false, "http://[::1]:7233/", false),
            ("[::1]", false, "http://[::1]:7233/", false),
        ] {
            assert_eq!(
                parse(address, api_key),
                Ok((uri.to_owned(), encrypted)),
                "{address}"
            );
        }
    }

    #[test]
    fn invalid_addresses_are_rejected() {
        for address in [
            "",
            "ftp://t:1",
            "t:0",
            "t:70000",
            "t:",
            "t:x",
            "t:1/path",
            "u:p@t:1",
            "a b",
            "http://",
        ] {
            assert!(parse(address, false).is_err(), "{address}");
        }
    }

    #[test]
    fn explicit_encryption_overrides_the_scheme() {
        for (address, api_key, enabled) in [("t:1", false, true), ("https://t:1", true, false)] {
            let tls = TlsConfig {
                enabled: Some(enabled),
                ..TlsConfig::default()
            };
            let target = Target::parse(address, &tls, api_key).unwrap();
            assert_eq!(target.encrypted, enabled, "{address}");
        }
    }
}

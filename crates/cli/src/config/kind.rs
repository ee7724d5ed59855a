//! Values with a syntax of their own: hosts, addresses, origins.

use std::net::{IpAddr, Ipv6Addr};

use fast_temporal_core::settings::{Kind, list};
use fast_temporal_server::IpNet;

/// A host: an address or a name. IPv6 addresses can have brackets, which are removed.
pub(super) fn host() -> Kind<String> {
    let parse = |text: &str| {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let bare = bare.unwrap_or(text);
        let is_address = bare.parse::<IpAddr>().is_ok();
        (is_address || (bare == text && is_host_name(text))).then(|| bare.to_owned())
    };
    Kind::new("an IP address or a host name", parse).formatted_by(String::clone)
}

/// The address of a Temporal server.
pub(super) fn address() -> Kind<String> {
    let allowed = "host, host:port, http://host:port or https://host:port";
    Kind::new(allowed, |text| {
        let text = text.trim_end_matches('/');
        let scheme = ["http://", "https://"];
        let authority = scheme.iter().find_map(|scheme| text.strip_prefix(scheme));
        is_authority(authority.unwrap_or(text)).then(|| text.to_owned())
    })
}

/// Web origins, or `*` for all.
pub(super) fn origins() -> Kind<Vec<String>> {
    let allowed = "*, or origins such as https://example.org, separated by commas";
    list(allowed, |text| {
        let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        let schemes = ["http://", "https://"];
        let authority = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
        (text == "*" || authority.is_some_and(is_authority)).then_some(text)
    })
}

/// IP addresses and networks.
pub(super) fn networks() -> Kind<Vec<IpNet>> {
    let allowed = "addresses, or networks such as 10.0.0.0/8, separated by commas";
    list(allowed, |text| {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse::<IpNet>().or_else(|_| address());
        network.ok().map(|network| network.trunc())
    })
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host_is_valid = bracketed.map_or_else(
        || is_host_name(host),
        |host| host.parse::<Ipv6Addr>().is_ok(),
    );
    host_is_valid && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_host_name(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !text.is_empty() && text.bytes().all(valid)
}

//! The address that a request comes from: the socket's peer, or what trusted proxies report.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header, request::Parts};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the socket's peer, stored in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

/// The address that a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    /// Returns the address that a request comes from, given the trusted proxies.
    pub(crate) fn of(parts: &Parts, trusted: &[IpNet]) -> Self {
        // A request that did not come over a socket has no peer address.
        let peer = parts.extensions.get::<PeerAddress>();
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |PeerAddress(peer)| *peer);
        Self(origin(peer, &parts.headers, trusted))
    }
}

/// Returns the last address on the request's path that is not a trusted proxy.
///
/// Two headers carry that path, and a proxy that writes one of them may forward the other as the
/// client wrote it. So if both are present and disagree, neither is trusted.
fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let hops = |name: &HeaderName| -> Vec<String> {
        let lines = headers.get_all(name).iter();
        let lines = lines.map(|line| line.to_str().unwrap_or_default());
        lines
            .flat_map(|line| line.split(','))
            .map(|hop| hop.trim().to_owned())
            .collect()
    };
    let forwarded_for = hops(&X_FORWARDED_FOR);
    let forwarded_for = forwarded_for.iter().map(|hop| parse_address(hop));
    let forwarded = hops(&header::FORWARDED);
    let forwarded = forwarded.iter().map(|hop| parse_forwarded(hop));
    let reported = [
        first_untrusted(peer, forwarded_for.rev(), trusted),
        first_untrusted(peer, forwarded.rev(), trusted),
    ];
    match reported {
        [Some(one), Some(other)] if one != other => peer,
        [one, other] => one.or(other).unwrap_or(peer),
    }
}

/// IPv4 addresses written as IPv6 (`::ffff:10.0.0.1`) count as IPv4.
fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// Walks the hops, the nearest first, up to the first untrusted one. Stops before a hop without a
/// readable address. Returns `None` if there are no hops.
fn first_untrusted(
    peer: IpAddr,
    hops: impl Iterator<Item = Option<IpAddr>>,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let mut reached = None;
    for hop in hops {
        let Some(hop) = hop else {
            return reached.or(Some(peer));
        };
        reached = Some(hop);
        if !is_trusted(hop, trusted) {
            break;
        }
    }
    reached
}

/// Parses the `for` parameter of a hop in `Forwarded` (RFC 7239).
fn parse_forwarded(hop: &str) -> Option<IpAddr> {
    let pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs
        .into_iter()
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    parse_address(value.trim().trim_matches('"'))
}

/// Parses an address with or without a port. Anything else, such as `unknown`, is not an address.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|v6| v6.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse().ok();
    address.or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client_address(peer: &str, headers: &[(&str, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().expect("valid"));
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
                (name, HeaderValue::from_str(value).expect("a value"))
            })
            .collect();
        let peer = peer.parse().expect("an address");
        origin(peer, &headers, &trusted).to_string()
    }

    const FORWARDED_FOR: (&str, &str) = ("x-forwarded-for", "198.51.100.7");

    // Covers LIM-3, LIM-12.
    #[test]
    fn only_trusted_proxies_report_the_client_address() {
        for (peer, expected) in [
            ("203.0.113.1", "203.0.113.1"),
            ("10.0.0.1", "198.51.100.7"),
            ("fd00::1", "198.51.100.7"),
            // An IPv4 proxy on an IPv6 socket.
            ("::ffff:10.0.0.1", "198.51.100.7"),
        ] {
            assert_eq!(client_address(peer, &[FORWARDED_FOR]), expected, "{peer}");
        }
        assert_eq!(client_address("10.0.0.1", &[]), "10.0.0.1");
    }

    // Covers LIM-3.
    #[test]
    fn the_last_untrusted_address_counts_whatever_precedes_it() {
        for (header, expected) in [
            ("1.2.3.4, 198.51.100.7", "198.51.100.7"),
            ("1.2.3.4, 198.51.100.7, 10.1.1.1", "198.51.100.7"),
            ("1.2.3.4,198.51.100.7:4711 ,10.1.1.1", "198.51.100.7"),
            ("1.2.3.4, [2001:db8::7]:4711", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
            // The walk stops before a hop without an address.
            ("1.2.3.4, unknown, 10.1.1.1", "10.1.1.1"),
            ("1.2.3.4, ", "10.0.0.1"),
            ("nonsense", "10.0.0.1"),
        ] {
            let headers = [("x-forwarded-for", header)];
            assert_eq!(client_address("10.0.0.1", &headers), expected, "{header}");
        }
        let lines = [("x-forwarded-for", "1.2.3.4"), FORWARDED_FOR];
        assert_eq!(client_address("10.0.0.1", &lines), "198.51.100.7");
    }

    #[test]
    fn the_forwarded_header_is_parsed() {
        for (header, expected) in [
            ("for=198.51.100.7;proto=https;by=10.0.0.1", "198.51.100.7"),
            ("For=\"[2001:db8::7]:4711\", for=10.1.1.1", "2001:db8::7"),
            ("for=\"[2001:db8::7]\";host=x", "2001:db8::7"),
            (
                "for=1.2.3.4, proto=https; for=\"198.51.100.7:80\"",
                "198.51.100.7",
            ),
            ("for=1.2.3.4, for=_hidden, for=10.1.1.1", "10.1.1.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            let headers = [("forwarded", header)];
            assert_eq!(client_address("10.0.0.1", &headers), expected, "{header}");
        }
    }

    // Covers LIM-12.
    #[test]
    fn headers_that_disagree_are_ignored() {
        for (forwarded, expected) in [
            ("for=1.2.3.4", "10.0.0.1"),
            ("for=198.51.100.7", "198.51.100.7"),
        ] {
            let headers = [FORWARDED_FOR, ("forwarded", forwarded)];
            assert_eq!(client_address("10.0.0.1", &headers), expected);
        }
    }
}

//! Where a request comes from: the socket's other end, or what proxies that are trusted say.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
};

use super::Network;
use crate::App;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a request's socket, among the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(pub(crate) IpAddr);

impl Address {
    /// Where that request comes from.
    pub(crate) fn of(parts: &Parts, app: &App) -> Self {
        // Requests that came over no socket have none.
        let peer = parts.extensions.get::<Peer>();
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(peer)| *peer);
        let trusted = &app.config.connections.trusted_proxies;
        Self(origin(peer, &parts.headers, trusted))
    }
}

impl FromRequestParts<App> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts, app))
    }
}

/// The last address on a request's way here that is no trusted proxy's.
///
/// There are two headers for it, and a proxy that writes one of them may pass the other on as a
/// client wrote it. So where both are there and differ, neither is believed.
fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
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
    let forwarded_for = forwarded_for.iter().map(|hop| node(hop));
    let forwarded = hops(&header::FORWARDED);
    let forwarded = forwarded.iter().map(|hop| forwarded_node(hop));
    let told = [
        walk(peer, forwarded_for.rev(), trusted),
        walk(peer, forwarded.rev(), trusted),
    ];
    match told {
        [Some(one), Some(other)] if one != other => peer,
        [one, other] => one.or(other).unwrap_or(peer),
    }
}

fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// Goes from hop to hop, the nearest first, up to the first that is not trusted; not past one that
/// hides itself. `None` where there are no hops.
fn walk(
    peer: IpAddr,
    hops: impl Iterator<Item = Option<IpAddr>>,
    trusted: &[Network],
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

/// The `for` of a hop in `Forwarded` (RFC 7239).
fn forwarded_node(hop: &str) -> Option<IpAddr> {
    let pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs
        .into_iter()
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    node(value.trim().trim_matches('"'))
}

/// An address, with or without a port. What else may stand there, `unknown` say, is none.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|v6| v6.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse().ok();
    address.or_else(|| text.parse().ok().map(|place: SocketAddr| place.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn told(peer: &str, headers: &[(&str, &'static str)]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().expect("valid"));
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
                (name, HeaderValue::from_static(value))
            })
            .collect();
        let peer = peer.parse().expect("an address");
        origin(peer, &headers, &trusted).to_string()
    }

    // Covers LIM-3.
    #[test]
    fn only_trusted_proxies_are_believed() {
        let header = [("x-forwarded-for", "198.51.100.7")];
        assert_eq!(told("203.0.113.1", &header), "203.0.113.1");
        assert_eq!(told("10.0.0.1", &header), "198.51.100.7");
        assert_eq!(told("fd00::1", &header), "198.51.100.7");
        assert_eq!(told("10.0.0.1", &[]), "10.0.0.1");
    }

    // Covers LIM-3.
    #[test]
    fn the_last_address_that_is_not_trusted_counts_whatever_stands_before_it() {
        for (header, expected) in [
            ("1.2.3.4, 198.51.100.7", "198.51.100.7"),
            ("1.2.3.4, 198.51.100.7, 10.1.1.1", "198.51.100.7"),
            ("1.2.3.4,198.51.100.7:4711 ,10.1.1.1", "198.51.100.7"),
            ("1.2.3.4, [2001:db8::7]:4711", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
            // Not past what says nothing.
            ("1.2.3.4, unknown, 10.1.1.1", "10.1.1.1"),
            ("1.2.3.4, ", "10.0.0.1"),
            ("nonsense", "10.0.0.1"),
        ] {
            let headers = [("x-forwarded-for", header)];
            assert_eq!(told("10.0.0.1", &headers), expected, "{header}");
        }
        let lines = [
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert_eq!(told("10.0.0.1", &lines), "198.51.100.7");
    }

    #[test]
    fn forwarded_is_read_too() {
        for (header, expected) in [
            ("for=198.51.100.7;proto=https;by=10.0.0.1", "198.51.100.7"),
            (
                "For=\"[2001:db8::7]:4711\", for=10.1.1.1;host=x",
                "2001:db8::7",
            ),
            (
                "for=1.2.3.4, proto=https; for=\"198.51.100.7:80\"",
                "198.51.100.7",
            ),
            ("for=1.2.3.4, for=_hidden, for=10.1.1.1", "10.1.1.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            let headers = [("forwarded", header)];
            assert_eq!(told("10.0.0.1", &headers), expected, "{header}");
        }
    }

    // Covers LIM-3.
    #[test]
    fn a_header_that_the_proxy_passed_on_as_the_client_wrote_it_is_not_believed() {
        let differ = [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=1.2.3.4"),
        ];
        assert_eq!(told("10.0.0.1", &differ), "10.0.0.1");
        let agree = [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=198.51.100.7"),
        ];
        assert_eq!(told("10.0.0.1", &agree), "198.51.100.7");
    }
}

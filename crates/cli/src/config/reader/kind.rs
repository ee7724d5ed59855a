//! The kinds of values that settings take: what is allowed, and how it is read.

use std::{
    fmt::Display, net::IpAddr, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration,
};

use fast_temporal_server::{
    IpNet,
    auth::{JwksConfig, JwtAlgorithm},
};
use tracing_subscriber::EnvFilter;

use super::MASK;

/// Temporal's limit on the length of names, in bytes.
const MAX_NAME_BYTES: usize = 1000;

/// A kind of value.
pub(in crate::config) struct Kind<T> {
    /// What is allowed, for the reader of an error.
    pub(in crate::config) allowed: String,
    /// Whether nobody may see the value.
    pub(in crate::config) secret: bool,
    /// Whether there may be several values: separated by commas, or an array in the file.
    pub(in crate::config) list: bool,
    /// Whether the value may have several lines.
    pub(in crate::config) lines: bool,
    pub(in crate::config) parse: Box<Parse<T>>,
}

type Parse<T> = dyn Fn(&str) -> Option<T>;

impl<T> Kind<T> {
    pub(in crate::config) fn read(&self, text: &str) -> Option<T> {
        let strange = |c: char| c.is_control() && !(self.lines && matches!(c, '\r' | '\n'));
        if text.contains(strange) {
            return None;
        }
        (self.parse)(text)
    }

    /// The value as it may be shown.
    pub(in crate::config) fn shown(&self, text: String) -> String {
        if self.secret { MASK.to_owned() } else { text }
    }
}

fn kind<T>(allowed: impl Into<String>, parse: impl Fn(&str) -> Option<T> + 'static) -> Kind<T> {
    Kind {
        allowed: allowed.into(),
        secret: false,
        list: false,
        lines: false,
        parse: Box::new(parse),
    }
}

/// A name that Temporal takes.
pub(in crate::config) fn name() -> Kind<String> {
    kind(
        format!("a name of at most {MAX_NAME_BYTES} bytes"),
        |text| (text.len() <= MAX_NAME_BYTES).then(|| text.to_owned()),
    )
}

/// A text that no output shows.
pub(in crate::config) fn secret() -> Kind<String> {
    let kind = kind("printable ASCII without spaces", |text| {
        text.bytes()
            .all(|byte| byte.is_ascii_graphic())
            .then(|| text.to_owned())
    });
    Kind {
        secret: true,
        ..kind
    }
}

/// A text that no output shows, of any characters and lines.
pub(in crate::config) fn masked<T>(
    allowed: impl Into<String>,
    parse: impl Fn(&str) -> Option<T> + 'static,
) -> Kind<T> {
    Kind {
        secret: true,
        lines: true,
        ..kind(allowed, parse)
    }
}

/// A text of which something holds.
pub(in crate::config) fn text(
    allowed: impl Into<String>,
    holds: impl Fn(&str) -> bool + 'static,
) -> Kind<String> {
    kind(allowed, move |text| holds(text).then(|| text.to_owned()))
}

pub(in crate::config) fn flag() -> Kind<bool> {
    kind("true or false", |text| {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    })
}

/// A whole number.
pub(in crate::config) fn whole<N>(range: RangeInclusive<N>) -> Kind<N>
where
    N: FromStr + PartialOrd + Display + 'static,
{
    let allowed = format!("a whole number from {} to {}", range.start(), range.end());
    kind(allowed, move |text| {
        text.parse().ok().filter(|number| range.contains(number))
    })
}

/// A time in seconds, decimals allowed.
pub(in crate::config) fn seconds(range: RangeInclusive<f64>) -> Kind<Duration> {
    let allowed = format!("seconds from {} to {}", range.start(), range.end());
    kind(allowed, move |text| {
        let seconds = text
            .parse()
            .ok()
            .filter(|seconds| range.contains(seconds))?;
        Some(Duration::from_secs_f64(seconds))
    })
}

/// A host to listen on: an address or a name, IPv6 with or without brackets.
pub(in crate::config) fn host() -> Kind<String> {
    kind("an IP address or a host name", |text| {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text);
        let address = bare.parse::<std::net::IpAddr>().is_ok();
        (address || (bare == text && is_host(text))).then(|| bare.to_owned())
    })
}

/// Where Temporal is.
pub(in crate::config) fn address() -> Kind<String> {
    kind(
        "host, host:port, or the same with http:// or https:// before it",
        |text| {
            let bare = ["http://", "https://"]
                .iter()
                .find_map(|scheme| text.strip_prefix(scheme));
            let authority = bare.unwrap_or(text).trim_end_matches('/');
            is_authority(authority).then(|| text.trim_end_matches('/').to_owned())
        },
    )
}

/// Several values of a kind, at least one, separated by commas.
pub(in crate::config) fn list<T>(
    allowed: impl Into<String>,
    parse: impl Fn(&str) -> Option<T> + 'static,
) -> Kind<Vec<T>> {
    let kind = kind(allowed, move |text| {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let values: Option<Vec<_>> = parts.map(&parse).collect();
        values.filter(|values| !values.is_empty())
    });
    Kind { list: true, ..kind }
}

/// Web origins, or everybody.
pub(in crate::config) fn origins() -> Kind<Vec<String>> {
    let allowed = "*, or origins like https://example.org separated by commas";
    list(allowed, origin)
}

/// Addresses and ranges of them.
pub(in crate::config) fn networks() -> Kind<Vec<IpNet>> {
    let allowed = "addresses, or ranges like 10.0.0.0/8, separated by commas";
    list(allowed, network)
}

/// An address is a range of one.
fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().or_else(|_| address());
    network.ok().map(|network| network.trunc())
}

/// Names of things that others have named.
pub(in crate::config) fn words() -> Kind<Vec<String>> {
    list("names separated by commas", |text| Some(text.to_owned()))
}

/// How tokens may be signed.
pub(in crate::config) fn algorithms() -> Kind<Vec<JwtAlgorithm>> {
    let names: Vec<_> = JwtAlgorithm::ALL.iter().map(|alg| alg.as_str()).collect();
    let allowed = format!("some of {} separated by commas", names.join(", "));
    list(allowed, |text| {
        JwtAlgorithm::from_name(&text.to_ascii_uppercase())
    })
}

/// Where a key set is fetched.
pub(in crate::config) fn key_set_url() -> Kind<JwksConfig> {
    let allowed = "a URL that begins with https:// or http://";
    kind(allowed, |text| JwksConfig::new(text).ok())
}

fn origin(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
    let authority = || {
        text.strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"))
    };
    (text == "*" || authority().is_some_and(is_authority)).then_some(text)
}

/// One of a few words.
pub(in crate::config) fn choice<T: Copy + 'static>(
    choices: &'static [(&'static str, T)],
) -> Kind<T> {
    let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
    kind(words.join(" or "), |text| {
        choices
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text))
            .map(|(_, value)| *value)
    })
}

pub(in crate::config) fn path() -> Kind<PathBuf> {
    kind("a path", |text| Some(PathBuf::from(text)))
}

/// Levels of log lines.
pub(in crate::config) fn filter() -> Kind<String> {
    kind("levels like info or info,fast_temporal=debug", |text| {
        EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
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
    let host = bracketed.map_or_else(
        || is_host(host),
        |host| host.parse::<std::net::Ipv6Addr>().is_ok(),
    );
    host && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

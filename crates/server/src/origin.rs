//! Which pages can connect. CORS does not protect WebSockets, so upgrades are checked here too.

use std::{net::IpAddr, time::Duration};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use fast_temporal_protocol::ErrorCode;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::ApiError;

/// The pages that can connect, by their origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// All, but browsers send no cookies.
    Any,
    /// These, as in `https://app.example.com`: scheme, host, and the port unless it is the scheme's
    /// default. Case and a trailing slash do not matter.
    List(Vec<String>),
}

impl AllowedOrigins {
    /// Whether pages of this origin can connect.
    pub fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::List(list) => list
                .iter()
                .any(|allowed| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin)),
        }
    }

    /// Rejects the upgrade of a foreign page. Programs send no origin and pass.
    pub(crate) fn check_upgrade(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Ok(());
        };
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        match origin.to_str() {
            Ok(origin) if self.allow(origin) || is_own_page(origin, host) => Ok(()),
            _ => Err(ApiError::new(
                ErrorCode::OriginNotAllowed,
                "pages of this origin are not permitted to connect; add it to the allowed origins",
            )),
        }
    }

    pub(crate) fn cors(&self) -> CorsLayer {
        let layer = CorsLayer::new()
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([
                header::ACCEPT,
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                HeaderName::from_static("idempotency-key"),
                HeaderName::from_static("last-event-id"),
            ])
            .expose_headers([header::LOCATION, header::RETRY_AFTER])
            .max_age(Duration::from_mins(10));
        match self {
            Self::Any => layer.allow_origin(AllowOrigin::any()),
            Self::List(_) => {
                let allowed = self.clone();
                let allow = move |origin: &HeaderValue, _: &_| {
                    origin.to_str().is_ok_and(|origin| allowed.allow(origin))
                };
                layer
                    .allow_origin(AllowOrigin::predicate(allow))
                    .allow_credentials(true)
            }
        }
    }
}

/// Whether this gateway served the page on a local address. Other host names do not count: the owner of
/// a name can point it at this address, and a foreign page would pass as the gateway's own.
fn is_own_page(origin: &str, host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    let same = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
        .is_some_and(|authority| authority.eq_ignore_ascii_case(host));
    same && is_local(host)
}

fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost")
        || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(listed: &[&str], origin: &'static str, host: &'static str) -> bool {
        let listed = listed.iter().map(ToString::to_string).collect();
        let headers = HeaderMap::from_iter([
            (header::ORIGIN, HeaderValue::from_static(origin)),
            (header::HOST, HeaderValue::from_static(host)),
        ]);
        AllowedOrigins::List(listed).check_upgrade(&headers).is_ok()
    }

    #[test]
    fn listed_origins_match_regardless_of_case_and_trailing_slash() {
        for (origin, allowed) in [
            ("https://app.example.com", true),
            ("http://app.example.com", false),
            ("https://app.example.com.evil.test", false),
            ("null", false),
        ] {
            let listed = ["https://App.example.com/"];
            let outcome = check(&listed, origin, "gateway.example.com");
            assert_eq!(outcome, allowed, "{origin}");
        }
    }

    #[test]
    fn own_page_passes_on_local_addresses_only() {
        for (origin, host, allowed) in [
            ("http://127.0.0.1:8000", "127.0.0.1:8000", true),
            ("http://localhost:8000", "localhost:8000", true),
            ("http://[::1]:8000", "[::1]:8000", true),
            ("http://localhost:3000", "localhost:8000", false),
            ("http://rebound.test:8000", "rebound.test:8000", false),
        ] {
            assert_eq!(check(&[], origin, host), allowed, "{origin}");
        }
    }

    // Covers SEED-33.
    #[test]
    fn requests_without_an_origin_pass() {
        let list = AllowedOrigins::List(Vec::new());
        assert!(list.check_upgrade(&HeaderMap::new()).is_ok());
    }
}

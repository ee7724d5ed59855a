//! Swagger UI at `/docs`. Its files are embedded, and its content security policy permits no others.

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::Html,
    routing::get,
};

const INDEX: &str = include_str!("../../assets/swagger-ui/index.html");
const INITIALIZER: &str = include_str!("../../assets/swagger-ui/initializer.js");
const BUNDLE: &[u8] = include_bytes!("../../assets/swagger-ui/swagger-ui-bundle.js.gz");
const STYLE: &[u8] = include_bytes!("../../assets/swagger-ui/swagger-ui.css.gz");

/// Swagger UI sets inline styles and has inline images.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// The page and its assets.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let asset = |content_type: &'static str, bytes: &'static [u8]| {
        let headers = [
            (CONTENT_TYPE, content_type),
            (CONTENT_ENCODING, "gzip"),
            (CACHE_CONTROL, "max-age=3600"),
        ];
        get(async move || (headers, bytes))
    };
    Router::new()
        .route(
            "/docs",
            get(async || ([(CONTENT_SECURITY_POLICY, POLICY)], Html(INDEX))),
        )
        .route(
            "/docs/initializer.js",
            get(async || ([(CONTENT_TYPE, JAVASCRIPT)], INITIALIZER)),
        )
        .route("/docs/swagger-ui-bundle.js", asset(JAVASCRIPT, BUNDLE))
        .route("/docs/swagger-ui.css", asset(CSS, STYLE))
}

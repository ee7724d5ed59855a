//! Request bodies, valid and invalid.

use axum::{body::Body, http::Method};
use fast_temporal_protocol::Json;
use fast_temporal_server::AllowedOrigins;
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use crate::support::{Client, Gateway, Reply, path_of};

/// Sends a body with a content type.
async fn post(client: &Client<'_>, path: &str, content_type: &str, body: impl Into<Body>) -> Reply {
    let client = client.with("content-type", content_type);
    client.request(Method::POST, path, body.into()).await
}

// Covers HTTP-19.
#[tokio::test]
async fn invalid_bodies_are_rejected_with_a_code() {
    let gateway = Gateway::with_users(&[]).await;
    let backend = gateway.user("backend");
    for (body, code) in [
        ("{", "invalid_json"),
        ("{}{}", "invalid_json"),
        ("\u{feff}{}", "invalid_json"),
        ("{'a': 1}", "invalid_json"),
        ("[]", "expected_object"),
        ("null", "expected_object"),
        ("\"text\"", "expected_object"),
        ("7", "expected_object"),
        ("{\"args\": 1}", "invalid_field"),
        ("{\"args\": [\"\\ud83d\"]}", "invalid_field"),
        ("{\"args\": [1e999]}", "invalid_field"),
    ] {
        for path in [
            "/v1/workflows",
            "/v1/workflows/w/signals/go",
            "/v1/workflows/w/updates/go",
        ] {
            let reply = post(&backend, path, "application/json", body).await;
            assert_eq!(reply.error(), (400, code), "{path} {body}");
        }
    }
    let latin: &[u8] = b"{\"args\": [\"\xe9\"]}";
    let reply = post(&backend, "/v1/workflows", "application/json", latin).await;
    assert_eq!(reply.error(), (400, "invalid_json"));
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let deep = format!("{{\"args\": [{open}{close}]}}");
    let reply = post(&backend, "/v1/workflows", "application/json", deep).await;
    assert_eq!(reply.status, 400, "{reply:?}");
}

// Covers HTTP-11.
#[tokio::test]
async fn empty_body_is_an_empty_object() {
    let gateway = Gateway::with_users(&[]).await;
    gateway.engine.answer("state", Json::null());
    let backend = gateway.user("backend");
    gateway.engine.workflow("w");
    for (path, without_type, with_type) in [
        ("/signals/go", 200, 200),
        ("/queries/state", 200, 200),
        ("/cancel", 200, 200),
        // The first request closes the workflow.
        ("/terminate", 200, 409),
    ] {
        let path = path_of("w", path);
        let reply = backend.request(Method::POST, &path, Body::empty()).await;
        assert_eq!(reply.status, without_type, "{path}");
        let reply = post(&backend, &path, "application/json", "  \n").await;
        assert_eq!(reply.status, with_type, "{path}");
    }
}

// Covers HTTP-12.
#[tokio::test]
async fn body_requires_a_json_content_type() {
    let gateway = Gateway::with_users(&[]).await;
    let backend = gateway.user("backend");
    let plain = json!({"workflow": "plain"}).to_string();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "json",
        "",
    ] {
        let reply = post(&backend, "/v1/workflows", content_type, plain.clone()).await;
        assert_eq!(reply.error(), (415, "invalid_request"), "{content_type}");
    }
    let body = plain.clone().into();
    let reply = backend.request(Method::POST, "/v1/workflows", body).await;
    assert_eq!(reply.error(), (415, "invalid_request"));
    for content_type in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/vnd.me+json",
    ] {
        let reply = post(&backend, "/v1/workflows", content_type, plain.clone()).await;
        assert_eq!(reply.status, 201, "{content_type}");
    }
}

// Covers HTTP-20.
#[tokio::test]
async fn body_over_the_limit_is_too_large() {
    let gateway = Gateway::with_users(&[]).await;
    let backend = gateway.user("backend");
    let body = json!({"workflow": "plain", "args": ["x".repeat(1024 * 1024)]});
    for path in ["/v1/workflows", "/v1/workflows/w/signals/go", "/v1/tickets"] {
        let reply = backend.post(path, body.clone()).await;
        assert_eq!(reply.error(), (413, "too_large"), "{path}");
    }
    assert_eq!(gateway.engine.stats().starts, 0);
}

// Covers HTTP-21, LIM-15.
#[tokio::test(start_paused = true)]
async fn missing_body_times_out() {
    let gateway = Gateway::with_users(&[]).await;
    let first = stream::iter([Ok::<_, std::io::Error>("{")]);
    let body = Body::from_stream(first.chain(stream::pending()));
    let anna = gateway.user("anna");
    let reply = post(&anna, "/v1/workflows", "application/json", body).await;
    assert_eq!(reply.error(), (408, "timeout"));
}

// Covers HTTP-13.
#[tokio::test]
async fn foreign_origins_start_nothing() {
    let own = AllowedOrigins::List(vec!["https://app.test".to_owned()]);
    let gateway = Gateway::start_with(|setup| setup.config.origins = own).await;
    gateway.engine.workflow("w");
    let path = path_of("w", "/terminate");
    let terminate = async |origin: &str| {
        let page = gateway
            .anonymous()
            .with("origin", origin)
            .with("host", "gateway.test");
        page.request(Method::POST, &path, Body::empty()).await
    };
    let reply = terminate("https://evil.test").await;
    assert_eq!(reply.error(), (403, "origin_not_allowed"));
    assert_eq!(gateway.engine.stats().terminates, 0);
    assert_eq!(terminate("https://app.test").await.status, 200);
}

// Covers HTTP-12.
#[tokio::test]
async fn cors_permits_the_headers_that_clients_need() {
    let gateway = Gateway::start().await;
    let needed = ["content-type", "idempotency-key", "authorization"];
    let preflight = gateway
        .anonymous()
        .with("origin", "https://app.test")
        .with("access-control-request-method", "POST")
        .with("access-control-request-headers", &needed.join(","));
    let reply = preflight
        .request(Method::OPTIONS, "/v1/workflows", Body::empty())
        .await;
    let allowed = reply.header("access-control-allow-headers").unwrap();
    for header in needed {
        assert!(allowed.contains(header), "{allowed}");
    }
}

// Covers HTTP-9.
#[tokio::test]
async fn ids_in_paths_are_checked() {
    let gateway = Gateway::with_users(&[]).await;
    let backend = gateway.user("backend");
    for id in ["%20", "=", "=!", "=YQ==", "a%2Fb", "%FF", "%C3%A9", ".."] {
        for rest in ["", "/result", "/signals/go", "/events"] {
            let path = format!("/v1/workflows/{id}{rest}");
            let reply = match rest {
                "/signals/go" => backend.post(&path, json!({})).await,
                _ => backend.get(&path).await,
            };
            assert_eq!(reply.error(), (400, "invalid_workflow_id"), "{path}");
        }
    }
    let reply = backend.post("/v1/workflows/w/signals/%FF", json!({})).await;
    assert_eq!(reply.error().0, 400, "{reply:?}");
    let path = "/v1/workflows/w/signals/a%00b";
    let reply = backend.post(path, json!({})).await;
    assert_eq!(reply.error(), (400, "invalid_field"));
    for path in [
        "/v1/workflows/w/signals/",
        "/v1/workflows/w/signals",
        "/v1/workflows/",
        "/v1",
    ] {
        let reply = backend.get(path).await;
        assert_eq!(reply.error(), (404, "not_found"), "{path}");
    }
}

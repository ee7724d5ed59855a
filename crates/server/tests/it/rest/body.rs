//! Request bodies, valid and invalid.

use axum::{
    body::Body,
    http::{Method, Request},
};
use fast_temporal_protocol::Json;
use fast_temporal_server::AllowedOrigins;
use futures_util::stream;
use serde_json::json;

use crate::support::{Api, Gateway, Users, at, config};

const JSON: (&str, &str) = ("content-type", "application/json");

// Covers HTTP-19.
#[tokio::test]
async fn invalid_bodies_are_rejected_with_a_code() {
    let users = Users::start().await;
    let backend = users.of("backend");
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
            let reply = backend.send(Method::POST, path, &[JSON], body.into()).await;
            assert_eq!(reply.error(), (400, code), "{path} {body}");
        }
    }
    let latin: &[u8] = b"{\"args\": [\"\xe9\"]}";
    let reply = backend
        .send(Method::POST, "/v1/workflows", &[JSON], latin.into())
        .await;
    assert_eq!(reply.error(), (400, "invalid_json"));
    let deep = format!(
        "{{\"args\": [{}{}]}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let reply = backend
        .send(Method::POST, "/v1/workflows", &[JSON], deep.into())
        .await;
    assert_eq!(reply.status, 400, "{reply:?}");
}

// Covers HTTP-11.
#[tokio::test]
async fn empty_body_is_an_empty_object() {
    let users = Users::start().await;
    users.gateway.engine.answer("state", Json::null());
    let backend = users.of("backend");
    users.gateway.engine.workflow("w");
    for path in ["/signals/go", "/queries/state", "/cancel", "/terminate"] {
        for body in ["", "  \n"] {
            let headers = if body.is_empty() { &[][..] } else { &[JSON] };
            let reply = backend
                .send(Method::POST, &at("w", path), headers, body.into())
                .await;
            let over = path == "/terminate" && !body.is_empty();
            assert_eq!(reply.status, if over { 409 } else { 200 }, "{path}");
        }
    }
}

// Covers HTTP-12.
#[tokio::test]
async fn body_requires_a_json_content_type() {
    let users = Users::start().await;
    let backend = users.of("backend");
    let plain = json!({"workflow": "plain"}).to_string();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "json",
        "",
    ] {
        let headers = [("content-type", content_type)];
        let reply = backend
            .send(
                Method::POST,
                "/v1/workflows",
                &headers,
                plain.clone().into(),
            )
            .await;
        assert_eq!(reply.error(), (415, "invalid_request"), "{content_type}");
    }
    let reply = backend
        .send(Method::POST, "/v1/workflows", &[], plain.clone().into())
        .await;
    assert_eq!(reply.error(), (415, "invalid_request"));
    for content_type in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/vnd.me+json",
    ] {
        let headers = [("content-type", content_type)];
        let reply = backend
            .send(
                Method::POST,
                "/v1/workflows",
                &headers,
                plain.clone().into(),
            )
            .await;
        assert_eq!(reply.status, 201, "{content_type}");
    }
}

// Covers HTTP-20.
#[tokio::test]
async fn body_over_the_limit_is_too_large() {
    let users = Users::start().await;
    let backend = users.of("backend");
    let body = json!({"workflow": "plain", "args": ["x".repeat(1024 * 1024)]});
    for path in ["/v1/workflows", "/v1/workflows/w/signals/go", "/v1/tickets"] {
        let reply = backend.post(path, body.clone()).await;
        assert_eq!(reply.error(), (413, "too_large"), "{path}");
    }
    assert_eq!(users.gateway.engine.stats().starts, 0);
}

// Covers HTTP-21, LIM-15.
#[tokio::test(start_paused = true)]
async fn missing_body_times_out() {
    let users = Users::start().await;
    let first = stream::iter([Ok::<_, std::io::Error>("{")]);
    let never = futures_util::StreamExt::chain(first, stream::pending());
    let body = Body::from_stream(never);
    let reply = users
        .of("anna")
        .send(Method::POST, "/v1/workflows", &[JSON], body)
        .await;
    assert_eq!(reply.error(), (408, "timeout"));
}

// Covers HTTP-13.
#[tokio::test]
async fn foreign_origins_start_nothing() {
    let mut config = config();
    config.origins = AllowedOrigins::List(vec!["https://app.test".to_owned()]);
    let gateway = Gateway::start_with(config).await;
    gateway.engine.workflow("w");
    let api = Api::open(&gateway);
    let from = |origin| [("origin", origin), ("host", "gateway.test")];
    let path = at("w", "/terminate");
    let reply = api
        .send(
            Method::POST,
            &path,
            &from("https://evil.test"),
            Body::empty(),
        )
        .await;
    assert_eq!(reply.error(), (403, "origin_not_allowed"));
    assert_eq!(gateway.engine.stats().terminates, 0);
    let reply = api
        .send(
            Method::POST,
            &path,
            &from("https://app.test"),
            Body::empty(),
        )
        .await;
    assert_eq!(reply.status, 200);
}

// Covers HTTP-12.
#[tokio::test]
async fn cors_permits_the_headers_that_clients_need() {
    let gateway = Gateway::start().await;
    let request = Request::options("/v1/workflows")
        .header("origin", "https://app.test")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "content-type,idempotency-key,authorization",
        )
        .body(Body::empty())
        .unwrap();
    let response = gateway.request(request).await;
    let allowed = response.headers()["access-control-allow-headers"]
        .to_str()
        .unwrap();
    for header in ["content-type", "idempotency-key", "authorization"] {
        assert!(allowed.contains(header), "{allowed}");
    }
}

// Covers HTTP-9.
#[tokio::test]
async fn ids_in_paths_are_checked() {
    let users = Users::start().await;
    let backend = users.of("backend");
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
    let reply = backend
        .post("/v1/workflows/w/signals/a%00b", json!({}))
        .await;
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

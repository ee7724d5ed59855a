//! Health, the index page, and unknown paths.

use std::time::Duration;

use axum::{body::Body, http::Request};
use http_body_util::BodyExt as _;
use tokio::time::sleep;

use crate::support::{Gateway, config, json};

#[tokio::test(start_paused = true)]
async fn gateway_is_ready_while_temporal_responds() {
    let gateway = Gateway::start().await;
    assert_eq!(gateway.get("/healthz").await.status(), 200);
    assert_eq!(gateway.get("/readyz").await.status(), 200);
    gateway.engine.go_away();
    sleep(Duration::from_secs(3)).await;
    let (status, body) = json(gateway.get("/readyz").await).await;
    assert_eq!(status, 503);
    assert_eq!(body["error"]["code"], "temporal_unavailable");
    assert_eq!(body["error"]["retryable"], true);
    assert_eq!(gateway.get("/healthz").await.status(), 200);
    gateway.engine.come_back();
    sleep(Duration::from_secs(3)).await;
    assert_eq!(gateway.get("/readyz").await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn readiness_is_cached_for_two_seconds() {
    let gateway = Gateway::start().await;
    assert_eq!(gateway.get("/readyz").await.status(), 200);
    gateway.engine.go_away();
    assert_eq!(gateway.get("/readyz").await.status(), 200);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(gateway.get("/readyz").await.status(), 503);
}

#[tokio::test(start_paused = true)]
async fn index_page_is_served_at_the_root() {
    let gateway = Gateway::start().await;
    assert_eq!(gateway.get("/").await.status(), 404);
    let mut config = config();
    config.index_page = Some("<h1>Hello</h1>");
    let gateway = Gateway::start_with(config).await;
    let response = gateway.get("/").await;
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    let page = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&*page, b"<h1>Hello</h1>");
}

// Covers ERR-2.
#[tokio::test(start_paused = true)]
async fn unknown_paths_and_methods_are_json_errors() {
    let gateway = Gateway::start().await;
    let (status, body) = json(gateway.get("/nowhere").await).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (404, Some("not_found"))
    );
    let post = Request::post("/healthz").body(Body::empty()).unwrap();
    let (status, body) = json(gateway.request(post).await).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (405, Some("invalid_request"))
    );
}

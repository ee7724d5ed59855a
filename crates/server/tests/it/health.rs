//! Health, the index page, and unknown paths.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::support::Gateway;

#[tokio::test(start_paused = true)]
async fn gateway_is_ready_while_temporal_responds() {
    let gateway = Gateway::start().await;
    assert_eq!(gateway.get("/healthz").await.status, 200);
    assert_eq!(gateway.get("/readyz").await.status, 200);
    gateway.engine.make_unavailable();
    // The outcome is cached for 2 s.
    assert_eq!(gateway.get("/readyz").await.status, 200);
    sleep(Duration::from_secs(2)).await;
    let reply = gateway.get("/readyz").await;
    assert_eq!(reply.error(), (503, "temporal_unavailable"));
    assert_eq!(reply["error"]["retryable"], true);
    assert_eq!(gateway.get("/healthz").await.status, 200);
    gateway.engine.make_available();
    sleep(Duration::from_secs(3)).await;
    assert_eq!(gateway.get("/readyz").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn index_page_is_served_at_the_root() {
    let gateway = Gateway::start().await;
    assert_eq!(gateway.get("/").await.status, 404);
    let page = "<h1>Hello</h1>";
    let gateway = Gateway::start_with(|setup| setup.config.index_page = Some(page)).await;
    let reply = gateway.get("/").await;
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(reply.bytes, page.as_bytes());
}

// Covers ERR-2.
#[tokio::test(start_paused = true)]
async fn unknown_paths_and_methods_are_json_errors() {
    let gateway = Gateway::start().await;
    assert_eq!(gateway.get("/nowhere").await.error(), (404, "not_found"));
    let reply = gateway.anonymous().post("/healthz", json!({})).await;
    assert_eq!(reply.error(), (405, "invalid_request"));
}

//! Listing workflows.

use std::collections::BTreeSet;

use fast_temporal_core::{Allowed, Permissions};
use fast_temporal_protocol::Json;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::{Client, Gateway, Reply};

async fn list(client: &Client<'_>, query: &str) -> Reply {
    client.get(&format!("/v1/workflows?{query}")).await
}

/// Returns the ids of the workflows in a page, in its order.
fn page_ids(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{reply:?}");
    let workflows = reply["workflows"].as_array().unwrap().iter();
    let id = |workflow: &Value| workflow["workflow_id"].as_str().unwrap().to_owned();
    workflows.map(id).collect()
}

/// Returns the ids of the workflows that a client lists.
async fn ids(client: &Client<'_>, query: &str) -> BTreeSet<String> {
    page_ids(&list(client, query).await).into_iter().collect()
}

fn set<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.map(str::to_owned).into()
}

/// Starts a gateway with workflows of anna (`mfxg4yi`), of ben (`mjsw4`), and without an owner.
async fn start() -> Gateway {
    let ids = ["~mfxg4yi.x-1".to_owned(), "w-1".to_owned()];
    let listed = Permissions {
        workflow_ids: Allowed::Only(ids.into()),
        ..Permissions::own()
    };
    let only = Permissions {
        own_workflows: false,
        ..listed.clone()
    };
    let gateway = Gateway::with_users(&[
        ("listed", Some("ben"), listed),
        ("only", Some("ben"), only),
        ("no-subject", None, Permissions::own()),
    ])
    .await;
    let engine = &gateway.engine;
    for id in ["~mfxg4yi.x-1", "~mfxg4yi.x-2", "~mjsw4.y-1", "w-1", "w-2"] {
        engine.workflow(id);
    }
    gateway
}

// Covers OP-27.
#[tokio::test]
async fn list_contains_own_and_permitted_workflows() {
    let gateway = start().await;
    let all = ["~mfxg4yi.x-1", "~mfxg4yi.x-2", "~mjsw4.y-1", "w-1", "w-2"];
    for (name, expected) in [
        ("anna", set(["~mfxg4yi.x-1", "~mfxg4yi.x-2"])),
        ("ben", set(["~mjsw4.y-1"])),
        ("listed", set(["~mfxg4yi.x-1", "~mjsw4.y-1", "w-1"])),
        ("only", set(["~mfxg4yi.x-1", "w-1"])),
        ("no-subject", set([])),
        ("backend", set(all)),
    ] {
        assert_eq!(ids(&gateway.user(name), "").await, expected, "{name}");
    }
    // Without a subject and ids, there is no query to send.
    assert_eq!(gateway.engine.stats().lists, 5);
}

// Covers OP-27.
#[tokio::test]
async fn prefixes_are_compared_byte_for_byte() {
    let gateway = start().await;
    gateway.engine.workflow("~MFXG4YI.x-3");
    for (name, query) in [("anna", ""), ("backend", "owner=anna")] {
        assert_eq!(ids(&gateway.user(name), query).await.len(), 2);
    }
}

// Covers OP-43.
#[tokio::test]
async fn list_by_owner_requires_permission() {
    let gateway = start().await;
    let of_anna = set(["~mfxg4yi.x-1", "~mfxg4yi.x-2"]);
    for name in ["backend", "anna"] {
        let listed = ids(&gateway.user(name), "owner=anna").await;
        assert_eq!(listed, of_anna, "{name}");
    }
    for name in ["ben", "listed", "only", "no-subject"] {
        let reply = list(&gateway.user(name), "owner=anna").await;
        assert_eq!(reply.error(), (403, "forbidden"), "{name}");
    }
}

// Covers OP-47.
#[tokio::test]
async fn list_filters_by_status_type_and_time() {
    let gateway = Gateway::with_users(&[]).await;
    let engine = &gateway.engine;
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    engine.set_time(time("2026-11-23T10:00:00Z"));
    engine.workflow("~mfxg4yi.done").complete(Json::null());
    engine.set_time(time("2026-11-23T11:00:00Z"));
    engine.workflow("~mfxg4yi.runs");
    engine.set_time(time("2026-11-23T12:00:00.5Z"));
    let order = json!({"workflow": "order", "workflow_id": "order", "args": [{"amount": 1}]});
    let anna = gateway.user("anna");
    anna.start(order).await;
    for (query, expected) in [
        ("status=completed", set(["~mfxg4yi.done"])),
        ("status=running", set(["~mfxg4yi.runs", "~mfxg4yi.order"])),
        ("workflow_type=OrderWorkflow", set(["~mfxg4yi.order"])),
        ("workflow_type=OrderWorkflow&status=completed", set([])),
        (
            "started_after=2026-11-23T11:00:00Z",
            set(["~mfxg4yi.runs", "~mfxg4yi.order"]),
        ),
        (
            "started_before=2026-11-23T11:00:00Z",
            set(["~mfxg4yi.done"]),
        ),
        (
            "started_after=2026-11-23T13:00:00%2B01:00&started_before=2026-11-23T12:00:01Z",
            set(["~mfxg4yi.order"]),
        ),
    ] {
        assert_eq!(ids(&anna, query).await, expected, "{query}");
    }
    let reply = list(&anna, "status=completed").await;
    let workflow = &reply["workflows"][0];
    assert_eq!(workflow["status"], "completed");
    assert_eq!(workflow["start_time"], "2026-11-23T10:00:00Z");
    assert!(workflow["close_time"].is_string());
}

// Covers OP-29.
#[tokio::test]
async fn lists_are_paged_newest_first() {
    let gateway = Gateway::with_users(&[]).await;
    for number in 0..5 {
        gateway.engine.workflow(&format!("~mfxg4yi.w-{number}"));
    }
    let anna = gateway.user("anna");
    let mut seen = Vec::new();
    let mut query = "page_size=2".to_owned();
    loop {
        let reply = list(&anna, &query).await;
        let page = page_ids(&reply);
        assert!(page.len() <= 2);
        seen.extend(page);
        match reply["next_page_token"].as_str() {
            Some(token) => query = format!("page_size=2&page_token={token}"),
            None => break,
        }
    }
    let expected = [4, 3, 2, 1, 0].map(|number| format!("~mfxg4yi.w-{number}"));
    assert_eq!(seen, expected);
    list(&anna, "").await;
    let lists = gateway.engine.sent().lists;
    let sizes: Vec<_> = lists.iter().map(|list| list.page_size).collect();
    assert_eq!(sizes, [Some(2), Some(2), Some(2), Some(50)]);
}

// Covers OP-45.
#[tokio::test]
async fn page_token_is_valid_only_for_its_list() {
    let gateway = Gateway::with_users(&[]).await;
    for number in 0..3 {
        gateway.engine.workflow(&format!("~mfxg4yi.w-{number}"));
    }
    let anna = gateway.user("anna");
    let token = list(&anna, "page_size=1").await.text("next_page_token");
    let is_url_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(token.bytes().all(is_url_safe));
    let query = format!("page_size=2&page_token={token}");
    assert_eq!(list(&anna, &query).await.status, 200);
    let before = gateway.engine.stats().lists;
    let changed = format!("{}A", &token[..token.len() - 1]);
    for query in [
        format!("status=running&page_token={token}"),
        format!("page_token={changed}"),
        format!("page_token={token}A"),
        "page_token=".to_owned(),
        "page_token=AAAA".to_owned(),
        "page_token=%00".to_owned(),
        format!("page_token={}", "A".repeat(10_000)),
    ] {
        let reply = list(&anna, &query).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{query}");
    }
    let reply = list(&gateway.user("ben"), &format!("page_token={token}")).await;
    assert_eq!(reply.error(), (400, "invalid_field"));
    assert_eq!(gateway.engine.stats().lists, before);
}

// Covers OP-46.
#[tokio::test]
async fn invalid_lists_are_rejected() {
    let gateway = Gateway::with_users(&[]).await;
    for query in [
        "page_size=0",
        "page_size=201",
        "page_size=-1",
        "page_size=many",
        "status=asleep",
        "workflow_type=",
        "owner=",
        "started_after=yesterday",
        "started_before=",
        "status=running&status=completed",
    ] {
        let reply = list(&gateway.user("backend"), query).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{query}");
    }
    assert_eq!(gateway.engine.stats().lists, 0);
}

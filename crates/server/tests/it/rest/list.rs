//! Listing workflows.

use std::collections::BTreeSet;

use fast_temporal_core::{Allowed, Permissions};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::Call;
use jiff::Timestamp;
use serde_json::json;

use crate::support::{Api, Reply, Users};

async fn list(api: &Api<'_>, query: &str) -> Reply {
    api.get(&format!("/v1/workflows?{query}")).await
}

fn ids(reply: &Reply) -> BTreeSet<String> {
    assert_eq!(reply.status, 200, "{reply:?}");
    let workflows = reply.body["workflows"].as_array().unwrap().iter();
    let id = |workflow: &serde_json::Value| workflow["workflow_id"].as_str().unwrap().to_owned();
    workflows.map(id).collect()
}

fn set<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.map(str::to_owned).into()
}

/// Workflows of anna (`mfxg4yi`), of ben (`mjsw4`), and of nobody.
async fn users() -> Users {
    let ids = ["~mfxg4yi.x-1".to_owned(), "w-1".to_owned()];
    let listed = Permissions {
        workflow_ids: Allowed::Only(ids.into()),
        ..Permissions::own()
    };
    let only = Permissions {
        own_workflows: false,
        ..listed.clone()
    };
    let users = Users::with(&[
        ("listed", Some("ben"), listed),
        ("only", Some("ben"), only),
        ("nobody", None, Permissions::own()),
    ])
    .await;
    let engine = &users.gateway.engine;
    for id in ["~mfxg4yi.x-1", "~mfxg4yi.x-2", "~mjsw4.y-1", "w-1", "w-2"] {
        engine.workflow(id);
    }
    users
}

// Covers OP-27.
#[tokio::test]
async fn list_contains_own_and_permitted_workflows() {
    let users = users().await;
    let all = ["~mfxg4yi.x-1", "~mfxg4yi.x-2", "~mjsw4.y-1", "w-1", "w-2"];
    for (name, expected) in [
        ("anna", set(["~mfxg4yi.x-1", "~mfxg4yi.x-2"])),
        ("ben", set(["~mjsw4.y-1"])),
        ("listed", set(["~mfxg4yi.x-1", "~mjsw4.y-1", "w-1"])),
        ("only", set(["~mfxg4yi.x-1", "w-1"])),
        ("nobody", set([])),
        ("backend", set(all)),
    ] {
        assert_eq!(ids(&list(&users.of(name), "").await), expected, "{name}");
    }
    // There is nothing that could be asked for.
    assert_eq!(users.gateway.engine.stats().lists, 5);
}

// Covers OP-27.
#[tokio::test]
async fn prefixes_are_compared_byte_for_byte() {
    let users = users().await;
    users.gateway.engine.workflow("~MFXG4YI.x-3");
    assert_eq!(ids(&list(&users.of("anna"), "").await).len(), 2);
    assert_eq!(
        ids(&list(&users.of("backend"), "owner=anna").await).len(),
        2
    );
}

// Covers OP-43.
#[tokio::test]
async fn list_by_owner_requires_permission() {
    let users = users().await;
    let of_anna = set(["~mfxg4yi.x-1", "~mfxg4yi.x-2"]);
    assert_eq!(
        ids(&list(&users.of("backend"), "owner=anna").await),
        of_anna
    );
    assert_eq!(ids(&list(&users.of("anna"), "owner=anna").await), of_anna);
    for name in ["ben", "listed", "only", "nobody"] {
        let reply = list(&users.of(name), "owner=anna").await;
        assert_eq!(reply.error(), (403, "forbidden"), "{name}");
    }
}

// Covers OP-47.
#[tokio::test]
async fn lists_are_filtered_by_status_type_and_time() {
    let users = Users::start().await;
    let engine = &users.gateway.engine;
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    engine.set_time(time("2026-11-23T10:00:00Z"));
    let done = engine.workflow("~mfxg4yi.done");
    done.complete(Json::null());
    engine.set_time(time("2026-11-23T11:00:00Z"));
    engine.workflow("~mfxg4yi.runs");
    engine.set_time(time("2026-11-23T12:00:00.5Z"));
    let order = json!({"workflow": "order", "workflow_id": "order", "args": [{"amount": 1}]});
    users.of("anna").start(order).await;
    let anna = users.of("anna");
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
        assert_eq!(ids(&list(&anna, query).await), expected, "{query}");
    }
    let reply = list(&anna, "status=completed").await;
    let workflow = &reply.body["workflows"][0];
    assert_eq!(workflow["status"], "completed");
    assert_eq!(workflow["start_time"], "2026-11-23T10:00:00Z");
    assert!(workflow["close_time"].is_string());
}

// Covers OP-29.
#[tokio::test]
async fn lists_are_paged_newest_first() {
    let users = Users::start().await;
    for number in 0..5 {
        users
            .gateway
            .engine
            .workflow(&format!("~mfxg4yi.w-{number}"));
    }
    let anna = users.of("anna");
    let mut seen = Vec::new();
    let mut query = "page_size=2".to_owned();
    loop {
        let reply = list(&anna, &query).await;
        assert_eq!(reply.status, 200);
        let page = reply.body["workflows"].as_array().unwrap();
        assert!(page.len() <= 2);
        seen.extend(
            page.iter()
                .map(|it| it["workflow_id"].as_str().unwrap().to_owned()),
        );
        match reply.body["next_page_token"].as_str() {
            Some(token) => query = format!("page_size=2&page_token={token}"),
            None => break,
        }
    }
    let expected: Vec<_> = (0..5)
        .rev()
        .map(|number| format!("~mfxg4yi.w-{number}"))
        .collect();
    assert_eq!(seen, expected);
    list(&anna, "").await;
    let sizes: Vec<_> = users
        .gateway
        .engine
        .sent()
        .lists
        .iter()
        .map(|list| list.page_size)
        .collect();
    assert_eq!(sizes, [Some(2), Some(2), Some(2), Some(50)]);
}

// Covers OP-45.
#[tokio::test]
async fn page_token_is_valid_only_for_its_list() {
    let users = Users::start().await;
    for number in 0..3 {
        users
            .gateway
            .engine
            .workflow(&format!("~mfxg4yi.w-{number}"));
    }
    let anna = users.of("anna");
    let token = list(&anna, "page_size=1").await.text("next_page_token");
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
    assert_eq!(
        list(&anna, &format!("page_size=2&page_token={token}"))
            .await
            .status,
        200
    );
    let asked = users.gateway.engine.stats().lists;
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
    let reply = list(&users.of("ben"), &format!("page_token={token}")).await;
    assert_eq!(reply.error(), (400, "invalid_field"));
    assert_eq!(users.gateway.engine.stats().lists, asked);
}

// Covers OP-46.
#[tokio::test]
async fn invalid_lists_are_rejected() {
    let users = Users::start().await;
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
        let reply = list(&users.of("backend"), query).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{query}");
    }
    assert_eq!(users.gateway.engine.stats().lists, 0);
}

// Covers OP-4.
#[tokio::test(start_paused = true)]
async fn list_times_out() {
    let users = Users::start().await;
    users.gateway.engine.hang(Call::List);
    let began = tokio::time::Instant::now();
    assert_eq!(list(&users.of("anna"), "").await.error(), (504, "timeout"));
    assert_eq!(began.elapsed().as_secs(), 10);
}

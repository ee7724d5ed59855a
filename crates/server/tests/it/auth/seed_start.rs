//! Workflows that a user can start over the `seed` dialect.

use fast_temporal_core::catalog::CatalogEntry;
use serde_json::{Value, json};

use super::transport::{Transport, rejected};
use crate::support::{Gateway, SeedClient, entry, only_argument, token};

/// Starts a gateway whose catalog has `order` and `refund`.
async fn start() -> Gateway {
    let order = CatalogEntry {
        input: Some(only_argument(&json!({"type": "object"}))),
        ..entry("Order", "orders")
    };
    let catalog = [("order", order), ("refund", entry("Refund", "orders"))];
    Gateway::with_tokens_and(|setup| setup.catalog(catalog)).await
}

async fn connect(gateway: &Gateway, permissions: Value) -> SeedClient {
    let token = token::with_permissions(permissions);
    gateway.bearer(&token).seed("ada").await.unwrap()
}

fn message(name: &str, queue: &str, args: &Value) -> String {
    let workflow = json!({"workflow_name": name, "workflow_task_queue": queue});
    json!({"args": args, "workflow": workflow}).to_string()
}

fn message_with_signal(name: &str, signal: &str) -> String {
    let workflow = json!({
        "workflow_name": name, "workflow_task_queue": "orders", "start_signal_function": signal,
    });
    json!({"args": {}, "workflow": workflow}).to_string()
}

// Covers AUTH-21.
#[tokio::test(start_paused = true)]
async fn users_start_catalog_workflows_and_the_default_workflow() {
    let gateway = start().await;
    let mut client = connect(&gateway, json!({})).await;
    client.start(json!({})).await;
    client.send(message("Order", "orders", &json!({}))).await;
    client.send(message("Refund", "orders", &json!(1))).await;
    let started = gateway.engine.started(3).await;
    let mut types: Vec<_> = started.iter().map(|start| &*start.workflow_type).collect();
    types.sort_unstable();
    assert_eq!(types, ["Example", "Order", "Refund"]);
    for forbidden in [
        message("Other", "orders", &json!({})),
        message("Order", "others", &json!({})),
        message("Example", "orders", &json!({})),
        message("order", "orders", &json!({})),
        // A signal that the catalog does not have.
        message_with_signal("Refund", "go"),
    ] {
        client.send(forbidden.clone()).await;
        assert_eq!(client.error().await, "forbidden", "{forbidden}");
    }
    assert_eq!(gateway.engine.stats().starts, 3);
}

// Covers AUTH-21.
#[tokio::test(start_paused = true)]
async fn users_permitted_some_names_start_only_those() {
    let gateway = start().await;
    let mut client = connect(&gateway, json!({"workflows": ["refund"]})).await;
    client.send(message("Order", "orders", &json!({}))).await;
    assert_eq!(client.error().await, "forbidden");
    client.start(json!({})).await;
    assert_eq!(client.error().await, "forbidden");
    client.send(message("Refund", "orders", &json!({}))).await;
    gateway.engine.started(1).await;
}

#[tokio::test(start_paused = true)]
async fn seed_messages_start_any_type_with_permission_or_without_authentication() {
    let permitted = start().await;
    let open = Gateway::start().await;
    let any = connect(&permitted, json!({"any_workflow_type": true})).await;
    for (gateway, mut client) in [(&permitted, any), (&open, open.seed("ada").await)] {
        client.send(message("Other", "others", &json!({}))).await;
        gateway.engine.started(1).await;
    }
}

// Covers AUTH-22.
#[tokio::test(start_paused = true)]
async fn seed_arguments_that_violate_the_schema_reach_no_worker() {
    let gateway = start().await;
    for permissions in [json!({}), json!({"any_workflow_type": true})] {
        let mut client = connect(&gateway, permissions).await;
        client.send(message("Order", "orders", &json!(7))).await;
        assert_eq!(client.error().await, "schema_mismatch");
    }
    assert_eq!(gateway.engine.stats().starts, 0);
}

// Covers SEED-29.
#[tokio::test(start_paused = true)]
async fn reserved_names_start_nothing_over_the_seed_dialect() {
    let gateway = start().await;
    let mut client = connect(&gateway, json!({"any_workflow_type": true})).await;
    for (name, signal, code) in [
        ("Order", "__temporal_workflow_stream_publish", "forbidden"),
        ("Order", "a\u{1}b", "invalid_field"),
        ("Or\nder", "go", "invalid_field"),
    ] {
        client.send(message_with_signal(name, signal)).await;
        assert_eq!(client.error().await, code, "{name:?} {signal:?}");
    }
    assert_eq!(gateway.engine.stats().starts, 0);
}

#[tokio::test(start_paused = true)]
async fn user_without_own_workflows_cannot_connect_to_seed() {
    let gateway = start().await;
    let narrow = json!({"workflow_ids": ["order-1"], "own_workflows": false});
    let token = token::with_permissions(narrow);
    let outcome = Transport::Seed.attempt(&gateway, Some(&token)).await;
    assert_eq!(outcome, rejected(403, "forbidden"));
}

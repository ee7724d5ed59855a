//! Workflows that a user can start over the `seed` dialect.

use std::{collections::BTreeMap, sync::Arc};

use fast_temporal_core::{Catalog, InputSchema, catalog::CatalogEntry};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;

use crate::support::{Client, Gateway, token, token::but, token::claims, token::hs256};

async fn connect(gateway: &Gateway, permissions: Value) -> Client {
    let token = hs256(&but(claims("ada"), json!({"fast_temporal": permissions})));
    let uri = format!("ws://{}/ws/ada", gateway.address).parse().unwrap();
    let request = ClientRequestBuilder::new(uri);
    let request = request.with_header("authorization", format!("Bearer {token}"));
    Client::connect(request).await.unwrap()
}

fn message(name: &str, queue: &str, args: &Value) -> String {
    let workflow = json!({"workflow_name": name, "workflow_task_queue": queue});
    json!({"args": args, "workflow": workflow}).to_string()
}

async fn gateway() -> Gateway {
    let mut config = token::config();
    let entry = |name: &str| CatalogEntry {
        workflow_type: name.to_owned(),
        task_queue: "orders".to_owned(),
        ..CatalogEntry::default()
    };
    let order = CatalogEntry {
        input: Some(InputSchema::of_only_argument(&json!({"type": "object"})).unwrap()),
        ..entry("Order")
    };
    config.catalog = Arc::new(Catalog::new(BTreeMap::from([
        ("order".to_owned(), order),
        ("refund".to_owned(), entry("Refund")),
    ])));
    Gateway::start_with(config).await
}

// Covers AUTH-21.
#[tokio::test(start_paused = true)]
async fn users_start_catalog_workflows_and_the_default_workflow() {
    let gateway = gateway().await;
    let mut client = connect(&gateway, json!({})).await;
    client.start(json!({})).await;
    client.send(message("Order", "orders", &json!({}))).await;
    client.send(message("Refund", "orders", &json!(1))).await;
    let started = gateway.engine.started(3).await;
    let mut types: Vec<_> = started.iter().map(|start| &*start.workflow_type).collect();
    types.sort_unstable();
    assert_eq!(types, ["Example", "Order", "Refund"]);
    for (name, queue) in [
        ("Other", "orders"),
        ("Order", "others"),
        ("Example", "orders"),
        ("order", "orders"),
    ] {
        client.send(message(name, queue, &json!({}))).await;
        assert_eq!(client.error().await, "forbidden", "{name}");
    }
    // The same type, but with a signal that the catalog does not have.
    let workflow = json!({
        "workflow_name": "Refund", "workflow_task_queue": "orders", "start_signal_function": "go",
    });
    client.send(json!({"workflow": workflow}).to_string()).await;
    assert_eq!(client.error().await, "forbidden");
    assert_eq!(gateway.engine.stats().starts, 3);
}

// Covers AUTH-21.
#[tokio::test(start_paused = true)]
async fn users_permitted_some_names_start_only_those() {
    let gateway = gateway().await;
    let mut client = connect(&gateway, json!({"workflows": ["refund"]})).await;
    client.send(message("Order", "orders", &json!({}))).await;
    assert_eq!(client.error().await, "forbidden");
    client.start(json!({})).await;
    assert_eq!(client.error().await, "forbidden");
    client.send(message("Refund", "orders", &json!({}))).await;
    gateway.engine.started(1).await;
}

#[tokio::test(start_paused = true)]
async fn users_permitted_any_type_start_any_type() {
    let gateway = gateway().await;
    let mut client = connect(&gateway, json!({"any_workflow_type": true})).await;
    client.send(message("Other", "others", &json!({}))).await;
    gateway.engine.started(1).await;
}

// Covers AUTH-22.
#[tokio::test(start_paused = true)]
async fn seed_arguments_that_violate_the_schema_reach_no_worker() {
    let gateway = gateway().await;
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
    let gateway = gateway().await;
    let mut client = connect(&gateway, json!({"any_workflow_type": true})).await;
    for (name, signal, code) in [
        ("Order", "__temporal_workflow_stream_publish", "forbidden"),
        ("Order", "a\u{1}b", "invalid_field"),
        ("Or\nder", "go", "invalid_field"),
    ] {
        let workflow = json!({
            "workflow_name": name,
            "workflow_task_queue": "orders",
            "start_signal_function": signal,
        });
        client
            .send(json!({"args": {}, "workflow": workflow}).to_string())
            .await;
        assert_eq!(client.error().await, code, "{name:?} {signal:?}");
    }
    assert_eq!(gateway.engine.stats().starts, 0);
}

#[tokio::test(start_paused = true)]
async fn user_without_own_workflows_cannot_connect_to_seed() {
    let gateway = gateway().await;
    let narrow = json!({"fast_temporal": {"workflow_ids": ["order-1"], "own_workflows": false}});
    let token = hs256(&but(claims("ada"), narrow));
    let outcome = super::transport::Transport::Seed
        .attempt(&gateway, Some(&token))
        .await;
    assert_eq!(outcome, Err((Some(403), "forbidden".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn without_auth_a_seed_message_can_start_any_workflow() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.send(message("Other", "others", &json!({}))).await;
    gateway.engine.started(1).await;
}

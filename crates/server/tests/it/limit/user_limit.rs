//! Limits per authenticated user.

use std::time::Duration;

use fast_temporal_core::Permissions;
use serde_json::json;
use tokio::time::advance;

use crate::support::{Client, Gateway, Reply, path_of, token::workflow_of};

/// Starts a gateway that accepts a burst of requests per user, one more per second, and a number
/// of connections per user; with the users `ada` and `bob`, and a workflow of each.
async fn start(burst: u32, connections: usize) -> Gateway {
    let gateway = Gateway::start_with(|setup| {
        setup.config.requests.per_second = 1;
        setup.config.requests.burst = burst;
        setup.config.connections.max_connections_per_user = connections;
        for user in ["ada", "bob"] {
            setup.api_key(user, Some(user), Permissions::own());
        }
    });
    let gateway = gateway.await;
    for user in ["ada", "bob"] {
        gateway.engine.workflow(&workflow_of(user));
    }
    gateway
}

/// Requests the events of a user's workflow.
async fn events_of(user: &str, client: Client<'_>) -> Reply {
    client
        .get(&path_of(&workflow_of(user), "/events?wait=0"))
        .await
}

async fn events(gateway: &Gateway, user: &str) -> Reply {
    events_of(user, gateway.user(user)).await
}

// Covers LIM-13.
#[tokio::test(start_paused = true)]
async fn user_has_one_allowance_over_http_and_websockets() {
    let gateway = start(4, 0).await;
    let mut client = gateway.user("ada").v1().await.unwrap();
    for _ in 0..2 {
        assert_eq!(events(&gateway, "ada").await.status, 200);
        client.call("ping", json!({})).await;
    }
    let too_many = (429, "too_many_requests");
    assert_eq!(events(&gateway, "ada").await.error(), too_many);
    client.expect_error("ping", json!({}), too_many.1).await;
    // Another user at the same address.
    assert_eq!(events(&gateway, "bob").await.status, 200);
    advance(Duration::from_secs(1)).await;
    client.call("ping", json!({})).await;
    assert_eq!(events(&gateway, "ada").await.error(), too_many);
}

// Covers LIM-5.
#[tokio::test(start_paused = true)]
async fn rejected_credentials_count_against_their_address() {
    let gateway = start(3, 0).await;
    for expected in [
        (401, "unauthenticated"),
        (401, "unauthenticated"),
        (401, "unauthenticated"),
        (429, "too_many_requests"),
    ] {
        let reply = events_of("ada", gateway.bearer("wrong")).await;
        assert_eq!(reply.error(), expected);
    }
    assert_eq!(events(&gateway, "ada").await.status, 200);
}

// Covers LIM-6, LIM-14.
#[tokio::test(start_paused = true)]
async fn connections_of_a_user_count_together_over_all_transports_and_credentials() {
    let gateway = start(100, 1).await;
    let ada = gateway.user("ada");
    let first = ada.v1().await.unwrap();
    let too_many = (429, "too_many_connections_per_user");
    assert_eq!(ada.v1().await.expect_err("a second one").error(), too_many);
    assert_eq!(events(&gateway, "ada").await.error(), too_many);
    assert_eq!(events(&gateway, "bob").await.status, 200);
    // A client that authenticates later is rejected then, and can try again.
    let mut late = gateway.v1().await;
    let auth = json!({"token": gateway.key("ada")});
    late.expect_error("auth", auth.clone(), too_many.1).await;
    let describe = json!({"workflow_id": workflow_of("ada")});
    late.expect_error("describe", describe.clone(), "unauthenticated")
        .await;
    drop(first);
    loop {
        let id = late.send_request("auth", auth.clone()).await;
        if late.response(id).await["ok"] == true {
            break;
        }
    }
    late.call("describe", describe).await;
    assert_eq!(events(&gateway, "ada").await.error(), too_many);
}

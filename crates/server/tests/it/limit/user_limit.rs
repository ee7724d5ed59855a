//! Limits per authenticated user.

use std::time::Duration;

use axum::{body::Body, http::Request};
use fast_temporal_core::{Permissions, owner};
use fast_temporal_protocol::path;
use fast_temporal_server::{ApiKey, AuthConfig, CredentialsConfig};
use serde_json::json;
use tokio::time::advance;
use tokio_tungstenite::tungstenite::{self, client::ClientRequestBuilder};

use crate::support::{Gateway, V1, config, json};

struct Users {
    gateway: Gateway,
    ada: String,
    bob: String,
}

impl Users {
    /// A gateway that accepts a burst of that many requests per user, one more per second, and that
    /// many connections per user; and a workflow of each user.
    async fn start(burst: u32, connections: usize) -> Self {
        let mut config = config();
        config.requests.per_second = 1;
        config.requests.burst = burst;
        config.connections.max_connections_per_user = connections;
        let mut keys = CredentialsConfig::default();
        let [ada, bob] = ["ada", "bob"].map(|user| {
            let new = ApiKey::generate(user).unwrap();
            let key = ApiKey::new(user, &new.secret_sha256, Permissions::own()).unwrap();
            keys.api_keys.push(key.with_subject(user).unwrap());
            new.text
        });
        config.auth = AuthConfig::Checked(Box::new(keys));
        let gateway = Gateway::start_with(config).await;
        for user in ["ada", "bob"] {
            gateway.engine.workflow(&workflow_of(user));
        }
        Self { gateway, ada, bob }
    }

    /// The status and the error code of a request for a user's events.
    async fn get(&self, user: &str, token: &str) -> (u16, Option<String>) {
        let id = workflow_of(user);
        let id = path::encode_workflow_id(&id);
        let request = Request::get(format!("/v1/workflows/{id}/events?wait=0"))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty());
        let (status, body) = json(self.gateway.request(request.unwrap()).await).await;
        let code = body["error"]["code"].as_str().map(str::to_owned);
        (status, code)
    }

    async fn connect(&self, token: &str) -> tungstenite::Result<V1> {
        let url = format!("ws://{}/v1/ws", self.gateway.address);
        let request = ClientRequestBuilder::new(url.parse().unwrap());
        V1::connect_to(request.with_header("authorization", format!("Bearer {token}"))).await
    }
}

fn workflow_of(user: &str) -> String {
    format!("{}w", owner::prefix(user))
}

fn refused(code: &str, status: u16) -> (u16, Option<String>) {
    (status, Some(code.to_owned()))
}

// Covers LIM-13.
#[tokio::test(start_paused = true)]
async fn user_has_one_allowance_over_http_and_websockets() {
    let users = Users::start(4, 0).await;
    let mut client = users.connect(&users.ada).await.unwrap();
    for _ in 0..2 {
        assert_eq!(users.get("ada", &users.ada).await, (200, None));
        client.call("ping", json!({})).await;
    }
    let too_many = refused("too_many_requests", 429);
    assert_eq!(users.get("ada", &users.ada).await, too_many);
    assert_eq!(
        client.call_error("ping", json!({})).await,
        "too_many_requests"
    );
    // From the same address.
    assert_eq!(users.get("bob", &users.bob).await, (200, None));
    advance(Duration::from_secs(1)).await;
    client.call("ping", json!({})).await;
    assert_eq!(users.get("ada", &users.ada).await, too_many);
}

// Covers LIM-5.
#[tokio::test(start_paused = true)]
async fn rejected_credentials_count_against_their_address() {
    let users = Users::start(3, 0).await;
    for _ in 0..3 {
        assert_eq!(
            users.get("ada", "wrong").await,
            refused("unauthenticated", 401)
        );
    }
    assert_eq!(
        users.get("ada", "wrong").await,
        refused("too_many_requests", 429)
    );
    assert_eq!(users.get("ada", &users.ada).await, (200, None));
}

// Covers LIM-6, LIM-14.
#[tokio::test(start_paused = true)]
async fn connections_of_a_user_count_together_over_all_transports_and_credentials() {
    let users = Users::start(100, 1).await;
    let first = users.connect(&users.ada).await.unwrap();
    let Err(tungstenite::Error::Http(response)) = users.connect(&users.ada).await else {
        panic!("a second one may connect");
    };
    assert_eq!(response.status(), 429);
    let too_many = refused("too_many_connections_per_user", 429);
    assert_eq!(users.get("ada", &users.ada).await, too_many);
    assert_eq!(users.get("bob", &users.bob).await, (200, None));
    // A client that authenticates later is rejected then, and can try again.
    let mut late = V1::connect(&users.gateway).await;
    let auth = json!({"token": users.ada});
    let code = late.call_error("auth", auth.clone()).await;
    assert_eq!(code, "too_many_connections_per_user");
    let describe = json!({"workflow_id": workflow_of("ada")});
    let code = late.call_error("describe", describe.clone()).await;
    assert_eq!(code, "unauthenticated");
    drop(first);
    loop {
        let id = late.send_request("auth", auth.clone()).await;
        if late.response(id).await["ok"] == true {
            break;
        }
    }
    late.call("describe", describe).await;
    assert_eq!(users.get("ada", &users.ada).await, too_many);
}

//! Events with and without the permission `payloads`.

use axum::{
    body::Body,
    http::{Request, header::AUTHORIZATION},
};
use fast_temporal_core::Permissions;
use fast_temporal_protocol::Json;
use fast_temporal_server::{ApiKey, AuthConfig, CredentialsConfig};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::support::{Gateway, V1, config};

/// A gateway, a key that permits payloads, and a key that does not.
async fn gateway() -> (Gateway, [String; 2]) {
    let mut api_keys = Vec::new();
    let texts = [true, false].map(|payloads| {
        let id = if payloads { "sees" } else { "sees-not" };
        let key = ApiKey::generate(id).unwrap();
        let permissions = Permissions {
            payloads,
            ..Permissions::all()
        };
        api_keys.push(ApiKey::new(id, &key.secret_sha256, permissions).unwrap());
        format!("Bearer {}", key.text)
    });
    let mut config = config();
    config.auth = AuthConfig::Checked(Box::new(CredentialsConfig {
        api_keys,
        ..CredentialsConfig::default()
    }));
    (Gateway::start_with(config).await, texts)
}

/// A closed workflow whose intermediate payloads are secret and whose result is not.
fn write(gateway: &Gateway) {
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("charge");
    let text = |text: &str| Json::from_value(&text).unwrap();
    workflow.complete_activity("charge", text("secret"));
    workflow.complete(text("open"));
}

fn results(events: &[Value]) -> Vec<Value> {
    let results = events.iter().map(|event| event["data"]["result"].clone());
    results.filter(|result| !result.is_null()).collect()
}

fn expected(payloads: bool) -> [Value; 2] {
    let inner = if payloads {
        json!("secret")
    } else {
        json!({"hidden": true})
    };
    [inner, json!("open")]
}

async fn body(gateway: &Gateway, uri: &str, key: &str, accept: &str) -> String {
    let request = Request::get(uri)
        .header(AUTHORIZATION, key)
        .header("accept", accept);
    let response = gateway.request(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

// Covers EV-15.
#[tokio::test(start_paused = true)]
async fn payloads_are_hidden_over_sse_and_long_poll() {
    let (gateway, keys) = gateway().await;
    write(&gateway);
    let uri = "/v1/workflows/w1/events";
    for (key, payloads) in keys.iter().zip([true, false]) {
        let stream = body(&gateway, uri, key, "text/event-stream").await;
        let data = stream
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        let events: Vec<Value> = data
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
        assert_eq!(results(&events), expected(payloads));

        let answer = body(&gateway, uri, key, "application/json").await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let events = answer["events"].as_array().unwrap();
        assert_eq!(results(events), expected(payloads));
    }
}

// Covers EV-15.
#[tokio::test(start_paused = true)]
async fn payloads_are_hidden_over_websockets() {
    let (gateway, keys) = gateway().await;
    write(&gateway);
    for (key, payloads) in keys.iter().zip([true, false]) {
        let url = format!("ws://{}/v1/ws", gateway.address);
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert(AUTHORIZATION, key.parse().unwrap());
        let mut client = V1::connect_to(request).await.unwrap();
        client.call("subscribe", json!({"workflow_id": "w1"})).await;
        let events = client.events(4).await;
        assert_eq!(results(&events), expected(payloads));
    }
}

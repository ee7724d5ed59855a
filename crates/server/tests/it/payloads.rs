//! Events with and without the permission `payloads`.

use fast_temporal_core::Permissions;
use serde_json::{Value, json};

use crate::support::{Gateway, payload};

fn results(events: &[Value]) -> Vec<Value> {
    let results = events.iter().map(|event| event["data"]["result"].clone());
    results.filter(|result| !result.is_null()).collect()
}

// Covers EV-15.
#[tokio::test(start_paused = true)]
async fn payloads_without_permission_are_hidden_over_every_transport() {
    let gateway = Gateway::start_with(|setup| {
        for (name, payloads) in [("all", true), ("no-payloads", false)] {
            let permissions = Permissions {
                payloads,
                ..Permissions::all()
            };
            setup.api_key(name, None, permissions);
        }
    });
    let gateway = gateway.await;
    // The result of an activity is secret, and that of the workflow is not.
    let workflow = gateway.engine.workflow("w1");
    workflow.schedule("charge");
    workflow.complete_activity("charge", payload("secret"));
    workflow.complete(payload("open"));
    let uri = "/v1/workflows/w1/events";
    for (name, secret) in [
        ("all", json!("secret")),
        ("no-payloads", json!({"hidden": true})),
    ] {
        let user = gateway.user(name);
        let expected = [secret, json!("open")];
        let events = user.event_stream(uri).await.events(4).await;
        assert_eq!(results(&events), expected);
        let page = user.with("accept", "application/json").get_ok(uri).await;
        assert_eq!(results(page["events"].as_array().unwrap()), expected);
        let mut client = user.v1().await.unwrap();
        client.subscribe("w1").await;
        assert_eq!(results(&client.events(4).await), expected);
    }
}

//! Every documented success, compared with a response of the gateway.

use std::collections::BTreeSet;

use fast_temporal_core::Permissions;
use serde_json::{Value, json};

use crate::support::{
    Client, Document, Gateway, last_cursor, path_of, payload, token::workflow_of,
};

/// Successful responses: operation and status.
type Successes = BTreeSet<(String, u16)>;

fn documented() -> Successes {
    let operations = Document::get().operations();
    let statuses = operations.flat_map(|(_, _, operation)| {
        let id = operation["operationId"].as_str().unwrap();
        let statuses = operation["responses"].as_object().unwrap().keys();
        statuses.map(move |status| (id.to_owned(), status.parse().unwrap()))
    });
    statuses.filter(|(_, status)| *status < 300).collect()
}

/// A client, whose responses are checked against the document, that records the successes.
struct Recorder<'a> {
    client: Client<'a>,
    successes: Successes,
}

impl Recorder<'_> {
    async fn get(&mut self, operation: &str, path: &str) {
        self.send(operation, path, Value::Null).await;
    }

    async fn send(&mut self, operation: &str, path: &str, body: Value) {
        let reply = match body {
            Value::Null => self.client.get(path).await,
            body => self.client.post(path, body).await,
        };
        assert!((200..300).contains(&reply.status), "{path}: {reply:?}");
        self.successes.insert((operation.to_owned(), reply.status));
    }
}

#[tokio::test(start_paused = true)]
async fn every_documented_success_occurs() {
    let permissions = Permissions {
        payloads: true,
        ..Permissions::all()
    };
    let gateway = Gateway::with_users(&[("all", Some("anna"), permissions)]).await;
    let mut client = Recorder {
        client: gateway.user("all"),
        successes: Successes::new(),
    };
    let engine = &gateway.engine;
    client.get("live", "/healthz").await;
    client.get("ready", "/readyz").await;
    let ticket = json!({"verbs": ["subscribe"], "expires_in_seconds": 5});
    client.send("ticket", "/v1/tickets", ticket).await;

    // The second request finds the workflow that the first one started.
    let request = json!({
        "workflow": "plain", "workflow_id": "w", "request_id": "r", "args": [{"a": 1}],
        "memo": {"note": [1]}, "search_attributes": {"Paid": true},
    });
    for _ in 0..2 {
        client.send("start", "/v1/workflows", request.clone()).await;
    }
    let id = workflow_of("anna");
    let path = |rest: &str| path_of(&id, rest);

    // A second run with a running activity, and more workflows.
    let second = engine.find(&id).continue_as_new();
    second.schedule("charge");
    second.start_activity("charge");
    second.heartbeat("charge", payload("half"));
    second.fail_attempt("charge", "no luck");
    for number in 0..3 {
        let other = json!({"workflow": "plain", "workflow_id": format!("other-{number}")});
        client.client.start(other).await;
    }
    for query in ["", "?run_id="] {
        client.get("describe", &path(query)).await;
    }
    for query in [
        "",
        "?page_size=1",
        "?status=completed",
        "?workflow_type=none",
    ] {
        client.get("list", &format!("/v1/workflows{query}")).await;
    }

    engine.answer("state", payload(["waiting"]));
    engine.answer_update("change", Ok(payload(7)));
    engine.accept_update("later");
    let signal = json!({"args": [1, {"b": null}], "request_id": "s"});
    let change = json!({"args": [1], "update_id": "u"});
    for (operation, rest, body) in [
        ("signal", "/signals/go", signal),
        ("query", "/queries/state", json!({"args": []})),
        ("update", "/updates/change", change),
        ("update", "/updates/later", json!({"wait_for": "accepted"})),
    ] {
        client.send(operation, &path(rest), body).await;
    }

    // Events as a page, as a stream that ends, and after the last event.
    for query in ["", "&types=signal.received", "&from=now"] {
        client
            .get("events", &path(&format!("/events?wait=0{query}")))
            .await;
    }
    for operation in ["cancel", "terminate"] {
        let body = json!({"reason": "enough"});
        client
            .send(operation, &path(&format!("/{operation}")), body)
            .await;
    }
    client.get("events", &path("/events")).await;
    let after = last_cursor(&second);
    client
        .get("events", &path(&format!("/events?after={after}")))
        .await;

    // Every way to close, as a result.
    client.get("result", &path("/result")).await;
    let completed = engine.workflow("completed");
    completed.complete(payload(json!({"receipt": 1})));
    engine.workflow("failed").fail("no luck");
    engine.workflow("canceled").cancel();
    engine.workflow("late").time_out();
    for id in ["completed", "failed", "canceled", "late"] {
        client.get("result", &path_of(id, "/result")).await;
        client.get("describe", &path_of(id, "")).await;
    }
    assert_eq!(client.successes, documented());
}

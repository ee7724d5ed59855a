//! Every documented success, compared with a response of the gateway.

use std::collections::BTreeSet;

use axum::{body::Body, http::Method};
use fast_temporal_core::Permissions;
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeEngine;
use serde_json::{Value, json};

use crate::support::{Api, Document, Users, at};

/// Successful responses: operation and status.
type Seen = BTreeSet<(String, u16)>;

/// All documented successes.
fn known() -> Seen {
    let operations = Document::get().operations();
    let statuses = operations.flat_map(|(_, _, operation)| {
        let id = operation["operationId"].as_str().unwrap();
        let statuses = operation["responses"].as_object().unwrap().keys();
        statuses.map(move |status| (id.to_owned(), status.parse().unwrap()))
    });
    statuses.filter(|(_, status)| *status < 300).collect()
}

/// Sends a request, whose response is checked against the document, and records it.
async fn succeed(api: &Api<'_>, seen: &mut Seen, operation: &str, path: &str, body: Value) {
    let reply = match body {
        Value::Null => api.get(path).await,
        body => api.post(path, body).await,
    };
    assert!((200..300).contains(&reply.status), "{path}: {reply:?}");
    seen.insert((operation.to_owned(), reply.status));
}

#[tokio::test(start_paused = true)]
async fn every_documented_success_occurs() {
    let seer = Permissions {
        payloads: true,
        ..Permissions::all()
    };
    let users = Users::with(&[("seer", Some("anna"), seer)]).await;
    let api = users.of("seer");
    let engine = &users.gateway.engine;
    let mut seen = Seen::new();
    succeed(&api, &mut seen, "live", "/healthz", Value::Null).await;
    succeed(&api, &mut seen, "ready", "/readyz", Value::Null).await;
    let ticket = json!({"verbs": ["subscribe"], "expires_in_seconds": 5});
    succeed(
        &users.of("anna"),
        &mut seen,
        "ticket",
        "/v1/tickets",
        ticket,
    )
    .await;

    // Started, and found to be there already.
    let request = json!({
        "workflow": "plain", "workflow_id": "w", "request_id": "r", "args": [{"a": 1}],
        "memo": {"note": [1]}, "search_attributes": {"Paid": true},
    });
    for _ in 0..2 {
        succeed(&api, &mut seen, "start", "/v1/workflows", request.clone()).await;
    }
    let id = format!("{}w", fast_temporal_core::owner::prefix("anna"));
    let workflow = engine.find(&id);

    // A workflow of which there is much to say, some of it in a second run.
    let second = workflow.continue_as_new();
    second.schedule("charge");
    second.start_activity("charge");
    second.heartbeat("charge", Json::from_value(&"half").unwrap());
    second.fail_attempt("charge", "no luck");
    for number in 0..3 {
        let other = json!({"workflow": "plain", "workflow_id": format!("other-{number}")});
        api.start(other).await;
    }
    for query in ["", "?run_id="] {
        succeed(&api, &mut seen, "describe", &at(&id, query), Value::Null).await;
    }
    for query in [
        "",
        "?page_size=1",
        "?status=completed",
        "?workflow_type=none",
    ] {
        let path = format!("/v1/workflows{query}");
        succeed(&api, &mut seen, "list", &path, Value::Null).await;
    }

    let signal = json!({"args": [1, {"b": null}], "request_id": "s"});
    succeed(&api, &mut seen, "signal", &at(&id, "/signals/go"), signal).await;
    engine.answer("state", Json::from_value(&["waiting"]).unwrap());
    let query = json!({"args": []});
    succeed(&api, &mut seen, "query", &at(&id, "/queries/state"), query).await;
    engine.answer_update("change", Ok(Json::from_value(&7).unwrap()));
    engine.accept_update("later");
    let updates = [
        ("/updates/change", json!({"args": [1], "update_id": "u"})),
        ("/updates/later", json!({"wait_for": "accepted"})),
    ];
    for (rest, update) in updates {
        succeed(&api, &mut seen, "update", &at(&id, rest), update).await;
    }

    // The events as one answer, as a stream, and when all of them were read.
    for query in [
        "?wait=0",
        "?wait=0&types=signal.received",
        "?wait=0&from=now",
    ] {
        let path = at(&id, &format!("/events{query}"));
        succeed(&api, &mut seen, "events", &path, Value::Null).await;
    }
    let cancel = json!({"reason": "enough"});
    succeed(&api, &mut seen, "cancel", &at(&id, "/cancel"), cancel).await;
    let terminate = json!({"reason": "at last"});
    succeed(
        &api,
        &mut seen,
        "terminate",
        &at(&id, "/terminate"),
        terminate,
    )
    .await;
    succeed(&api, &mut seen, "events", &at(&id, "/events"), Value::Null).await;
    let events = second.events();
    let last = events.last().unwrap().cursor.to_string();
    let headers = [("last-event-id", &*last)];
    let path = at(&id, "/events");
    let rest = api.send(Method::GET, &path, &headers, Body::empty()).await;
    assert_eq!(rest.status, 204, "{rest:?}");
    seen.insert(("events".to_owned(), rest.status));

    // Every way to end, as a result.
    succeed(&api, &mut seen, "result", &at(&id, "/result"), Value::Null).await;
    every_outcome(&api, engine, &mut seen).await;
    assert_eq!(seen, known());
}

async fn every_outcome(api: &Api<'_>, engine: &FakeEngine, seen: &mut Seen) {
    let completed = engine.workflow("completed");
    completed.complete(Json::from_value(&json!({"receipt": 1})).unwrap());
    engine.workflow("failed").fail("no luck");
    engine.workflow("canceled").cancel();
    engine.workflow("late").time_out();
    for id in ["completed", "failed", "canceled", "late"] {
        succeed(api, seen, "result", &at(id, "/result"), Value::Null).await;
        succeed(api, seen, "describe", &at(id, ""), Value::Null).await;
    }
}

//! A ticket permits what was requested, and never more than its owner is permitted.

use fast_temporal_core::{Allowed, Permissions, owner};
use serde_json::{Value, json};

use super::{events_uri, request_ticket, ticket};
use crate::{
    auth::transport::{Transport, rejected},
    support::{
        Gateway, V1Client, payload,
        token::{self, with_permissions, workflow_of},
    },
};

const OTHER: &str = "order-1";

/// Starts a gateway with ada's workflow, a workflow without an owner, and an API key that permits
/// everything.
async fn start() -> (Gateway, String) {
    let gateway =
        Gateway::with_tokens_and(|setup| setup.api_key("backend", None, Permissions::all()));
    let gateway = gateway.await;
    gateway.engine.workflow(OTHER);
    let key = gateway.key("backend").to_owned();
    (gateway, key)
}

/// Returns whether a ticket reads a workflow's events.
async fn reads(gateway: &Gateway, ticket: &str, workflow_id: &str) -> bool {
    let client = gateway.anonymous().with_ticket(ticket);
    let status = client.get(&events_uri(workflow_id)).await.status;
    assert!([200, 403, 404].contains(&status), "{status}");
    status == 200
}

async fn v1(gateway: &Gateway, ticket: &str) -> V1Client {
    gateway.anonymous().with_ticket(ticket).v1().await.unwrap()
}

// Covers AUTH-24.
#[tokio::test(start_paused = true)]
async fn ticket_for_some_workflows_reads_no_others() {
    let (gateway, backend) = start().await;
    let own = &*workflow_of("ada");
    let foreign = &*format!("{}x", owner::prefix("bob"));
    gateway.engine.workflow(foreign);
    let ada = &*token::of("ada");
    let backend = &*backend;
    let ids = |ids: &[&str]| json!({"workflow_ids": ids});
    let as_ada = |ids: Value| json!({"subject": "ada", "workflow_ids": ids});
    for (token, request, readable) in [
        (ada, ids(&[own, OTHER, foreign]), &[own][..]),
        (ada, ids(&[]), &[]),
        (backend, ids(&[OTHER]), &[OTHER]),
        (backend, json!({}), &[OTHER, own, foreign]),
        // A ticket for another user opens that user's workflows, limited to `workflow_ids`.
        (backend, json!({"subject": "ada"}), &[own]),
        (backend, as_ada(json!([foreign, format!("{own}-2")])), &[]),
    ] {
        let ticket = ticket(&gateway, token, request.clone()).await;
        for id in [own, OTHER, foreign] {
            let expected = readable.contains(&id);
            assert_eq!(
                reads(&gateway, &ticket, id).await,
                expected,
                "{request} {id}"
            );
        }
    }
}

// Covers AUTH-24.
#[tokio::test(start_paused = true)]
async fn ticket_for_some_workflows_starts_no_others() {
    let (gateway, _) = start().await;
    let token = with_permissions(json!({"any_workflow_type": true}));
    let named = format!("{}mine", owner::prefix("ada"));
    let ticket = ticket(&gateway, &token, json!({"workflow_ids": [named]})).await;
    let outcome = Transport::Seed.attempt(&gateway, Some(&ticket)).await;
    assert_eq!(outcome, rejected(403, "forbidden"));
    let mut v1 = v1(&gateway, &ticket).await;
    let start = |id: Value| json!({"workflow_type": "T", "task_queue": "q", "workflow_id": id});
    for id in [json!(null), json!("other")] {
        v1.expect_error("start", start(id), "forbidden").await;
    }
    assert_eq!(gateway.engine.stats().starts, 0);
    let started = v1.call("start", start(json!("mine"))).await;
    assert_eq!(started["workflow_id"], json!(named));
}

// Covers AUTH-13.
#[tokio::test(start_paused = true)]
async fn ticket_has_the_requested_verbs_that_its_owner_has() {
    let (gateway, _) = start().await;
    let token = with_permissions(json!({"verbs": ["subscribe", "describe", "ticket"]}));
    let own = workflow_of("ada");
    for (verbs, subscribe, describe) in [
        (json!(null), true, true),
        (json!(["subscribe", "start", "ticket"]), true, false),
        (json!(["describe"]), false, true),
        (json!(["start"]), false, false),
        (json!([]), false, false),
    ] {
        let ticket = ticket(&gateway, &token, json!({"verbs": verbs})).await;
        assert_eq!(reads(&gateway, &ticket, &own).await, subscribe, "{verbs}");
        let mut v1 = v1(&gateway, &ticket).await;
        let id = v1
            .send_request("describe", json!({"workflow_id": own}))
            .await;
        assert_eq!(v1.response(id).await["ok"], json!(describe), "{verbs}");
        let start = json!({"workflow": "any"});
        v1.expect_error("start", start, "forbidden").await;
        // Otherwise a ticket could renew itself.
        let reply = request_ticket(&gateway, &ticket, json!({})).await;
        assert_eq!(reply.status, 403, "{verbs}");
    }
}

// Covers AUTH-13.
#[tokio::test(start_paused = true)]
async fn ticket_starts_only_the_requested_catalog_names() {
    let (gateway, _) = start().await;
    let any_type = with_permissions(json!({"any_workflow_type": true}));
    let only_refund = with_permissions(json!({"workflows": ["refund"]}));
    let by_type = json!({"workflow_type": "Other", "task_queue": "others"});
    let all = ticket(&gateway, &any_type, json!({})).await;
    v1(&gateway, &all)
        .await
        .call("start", by_type.clone())
        .await;
    let by_name = json!({"workflow": "order"});
    for (token, start, code) in [
        (any_type, by_type, "forbidden"),
        (only_refund, by_name, "unknown_workflow"),
    ] {
        let ticket = ticket(&gateway, &token, json!({"workflows": ["order"]})).await;
        let mut v1 = v1(&gateway, &ticket).await;
        v1.expect_error("start", start, code).await;
    }
}

// Covers AUTH-25.
#[tokio::test(start_paused = true)]
async fn only_any_user_principals_get_tickets_for_other_users() {
    let (gateway, backend) = start().await;
    for (subject, status) in [("ada", 201), ("bob", 403), ("Ada", 403), ("", 400)] {
        let request = json!({"subject": subject});
        let reply = request_ticket(&gateway, &token::of("ada"), request).await;
        assert_eq!(reply.status, status, "{reply:?}");
    }
    let forbidden = rejected(403, "forbidden");
    for (request, expected) in [
        (json!({"subject": "ada"}), Ok(())),
        (json!({"subject": "bob"}), forbidden.clone()),
        (json!({}), forbidden),
    ] {
        let ticket = ticket(&gateway, &backend, request.clone()).await;
        let outcome = Transport::Seed.attempt(&gateway, Some(&ticket)).await;
        assert_eq!(outcome, expected, "{request}");
    }
    // The ticket has the permissions of a user, not those of the backend.
    let ticket = ticket(&gateway, &backend, json!({"subject": "ada"})).await;
    let start = json!({"workflow_type": "T", "task_queue": "q"});
    let mut v1 = v1(&gateway, &ticket).await;
    v1.expect_error("start", start, "forbidden").await;
}

// Covers AUTH-13.
#[tokio::test(start_paused = true)]
async fn ticket_shows_payloads_if_its_owner_sees_and_grants_them() {
    let (gateway, _) = start().await;
    let workflow = gateway.engine.find(&workflow_of("ada"));
    workflow.schedule("one");
    workflow.complete_activity("one", payload(7));
    let hidden = json!({"hidden": true});
    for (owner, requested, expected) in [
        (true, json!(null), json!(7)),
        (true, json!(true), json!(7)),
        (true, json!(false), hidden.clone()),
        (false, json!(null), hidden.clone()),
        (false, json!(true), hidden),
    ] {
        let token = with_permissions(json!({"payloads": owner}));
        let ticket = ticket(&gateway, &token, json!({"payloads": requested})).await;
        let client = gateway.anonymous().with_ticket(&ticket);
        let page = client.get_ok(&events_uri(&workflow_of("ada"))).await;
        let last = page["events"].as_array().unwrap().last().unwrap();
        assert_eq!(
            last["data"]["result"], expected,
            "{owner} {requested}: {page}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_ticket_requests_are_rejected() {
    let (gateway, backend) = start().await;
    for (request, code) in [
        (json!({"verbs": ["fly"]}), "invalid_field"),
        (json!({"verbs": "all"}), "invalid_field"),
        (json!({"subject": "x".repeat(257)}), "invalid_field"),
        (json!({"payloads": 1}), "invalid_field"),
        (json!([]), "expected_object"),
    ] {
        let reply = request_ticket(&gateway, &backend, request).await;
        assert_eq!(reply.error(), (400, code), "{reply:?}");
    }
}

#[test]
fn ticket_permissions_are_encoded_like_token_permissions() {
    // A ticket's permissions are parsed like a claim, with no permissions as the default.
    let own = Permissions::own().to_json();
    let parsed = Permissions::from_json(&own, &Permissions::none());
    assert_eq!(parsed, Ok(Permissions::own()));
    assert_eq!(Permissions::none().workflow_ids, Allowed::none());
}

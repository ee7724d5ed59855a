//! A ticket allows what was asked for, and never more than its owner may do.

use fast_temporal_core::{Allowed, Permissions, owner};
use fast_temporal_protocol::Json;
use fast_temporal_server::ApiKey;
use serde_json::{Value, json};

use super::ask;
use super::events_uri;
use super::start_with;
use super::ticket;
use crate::{
    auth::transport::Transport,
    auth::transport::workflow_of_ada,
    support::{Gateway, V1, json, token, token::but, token::claims, token::hs256},
};

const OTHER: &str = "order-1";

/// A gateway with ada's workflow, a workflow without an owner, and a backend's key that permits
/// anything.
async fn gateway() -> (Gateway, String) {
    let made = ApiKey::generate("backend").unwrap();
    let key = ApiKey::new("backend", &made.secret_sha256, Permissions::all()).unwrap();
    let gateway = start_with(token::config_with(vec![key])).await;
    gateway.engine.workflow(OTHER);
    (gateway, made.text)
}

/// A token of ada's that allows that.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so it reads best where it is called"
)]
fn allowing(permissions: Value) -> String {
    hs256(&but(claims("ada"), json!({"fast_temporal": permissions})))
}

/// Whether a ticket reads a workflow's events.
async fn reads(gateway: &Gateway, ticket: &str, workflow_id: &str) -> bool {
    let uri = format!("{}&ticket={ticket}", events_uri(workflow_id));
    let status = gateway.get(&uri).await.status().as_u16();
    assert!([200, 403, 404].contains(&status), "{status}");
    status == 200
}

async fn v1(gateway: &Gateway, ticket: &str) -> V1 {
    let uri = format!("ws://{}/v1/ws?ticket={ticket}", gateway.address);
    V1::connect_to(uri).await.unwrap()
}

// Covers AUTH-24.
#[tokio::test(start_paused = true)]
async fn ticket_for_some_workflows_reads_no_others() {
    let (gateway, backend) = gateway().await;
    let own = workflow_of_ada();
    let foreign = format!("{}x", owner::prefix("bob"));
    gateway.engine.workflow(&foreign);
    let token = token::of("ada");
    let for_own = ticket(
        &gateway,
        &token,
        json!({"workflow_ids": [own, OTHER, foreign]}),
    )
    .await;
    assert!(reads(&gateway, &for_own, &own).await);
    assert!(!reads(&gateway, &for_own, OTHER).await, "ada may not");
    assert!(!reads(&gateway, &for_own, &foreign).await, "ada may not");
    let for_none = ticket(&gateway, &token, json!({"workflow_ids": []})).await;
    assert!(!reads(&gateway, &for_none, &own).await);
    let for_other = ticket(&gateway, &backend, json!({"workflow_ids": [OTHER]})).await;
    assert!(reads(&gateway, &for_other, OTHER).await);
    assert!(!reads(&gateway, &for_other, &own).await);
    let for_any = ticket(&gateway, &backend, json!({})).await;
    assert!(reads(&gateway, &for_any, OTHER).await && reads(&gateway, &for_any, &own).await);
    // A ticket for another user opens that user's workflows, limited to `workflow_ids`.
    let as_ada = ticket(&gateway, &backend, json!({"subject": "ada"})).await;
    assert!(reads(&gateway, &as_ada, &own).await);
    assert!(!reads(&gateway, &as_ada, OTHER).await);
    assert!(!reads(&gateway, &as_ada, &foreign).await);
    let one = json!({"subject": "ada", "workflow_ids": [foreign, format!("{own}-2")]});
    let one = ticket(&gateway, &backend, one).await;
    assert!(!reads(&gateway, &one, &own).await && !reads(&gateway, &one, &foreign).await);
}

// Covers AUTH-24.
#[tokio::test(start_paused = true)]
async fn ticket_for_some_workflows_starts_no_others() {
    let (gateway, _) = gateway().await;
    let token = allowing(json!({"any_workflow_type": true}));
    let named = format!("{}mine", owner::prefix("ada"));
    let ticket = ticket(&gateway, &token, json!({"workflow_ids": [named]})).await;
    let outcome = Transport::Seed.attempt(&gateway, Some(&ticket)).await;
    assert_eq!(outcome, Err((Some(403), "forbidden".to_owned())));
    let mut v1 = v1(&gateway, &ticket).await;
    let start = |id: Value| json!({"workflow_type": "T", "task_queue": "q", "workflow_id": id});
    for id in [json!(null), json!("other")] {
        assert_eq!(v1.call_error("start", start(id)).await, "forbidden");
    }
    assert_eq!(gateway.engine.stats().starts, 0);
    assert_eq!(
        v1.call("start", start(json!("mine"))).await["workflow_id"],
        json!(named)
    );
}

// Covers AUTH-13.
#[tokio::test(start_paused = true)]
async fn ticket_has_the_requested_verbs_that_its_owner_has() {
    let (gateway, _) = gateway().await;
    let token = allowing(json!({"verbs": ["subscribe", "describe", "ticket"]}));
    let own = workflow_of_ada();
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
        assert_eq!(v1.call_error("start", start).await, "forbidden", "{verbs}");
        // Otherwise a ticket could renew itself.
        let (status, _) = ask(&gateway, &ticket, json!({})).await;
        assert_eq!(status, 403, "{verbs}");
    }
}

// Covers AUTH-13.
#[tokio::test(start_paused = true)]
async fn ticket_starts_only_the_requested_catalog_names() {
    let (gateway, _) = gateway().await;
    let any = allowing(json!({"any_workflow_type": true}));
    let start = json!({"workflow_type": "Other", "task_queue": "others"});
    let as_it_is = ticket(&gateway, &any, json!({})).await;
    v1(&gateway, &as_it_is)
        .await
        .call("start", start.clone())
        .await;
    let named = ticket(&gateway, &any, json!({"workflows": ["order"]})).await;
    assert_eq!(
        v1(&gateway, &named).await.call_error("start", start).await,
        "forbidden"
    );
    let own = allowing(json!({"workflows": ["refund"]}));
    let none = ticket(&gateway, &own, json!({"workflows": ["order"]})).await;
    let order = json!({"workflow": "order"});
    assert_eq!(
        v1(&gateway, &none).await.call_error("start", order).await,
        "unknown_workflow"
    );
}

// Covers AUTH-25.
#[tokio::test(start_paused = true)]
async fn only_any_user_principals_get_tickets_for_other_users() {
    let (gateway, backend) = gateway().await;
    for (subject, status) in [("ada", 201), ("bob", 403), ("Ada", 403), ("", 400)] {
        let request = json!({"subject": subject});
        let (given, answer) = ask(&gateway, &token::of("ada"), request).await;
        assert_eq!(given, status, "{answer}");
    }
    let as_ada = ticket(&gateway, &backend, json!({"subject": "ada"})).await;
    // It is ada's, and no backend's.
    assert_eq!(
        Transport::Seed.attempt(&gateway, Some(&as_ada)).await,
        Ok(())
    );
    let as_bob = ticket(&gateway, &backend, json!({"subject": "bob"})).await;
    let outcome = Transport::Seed.attempt(&gateway, Some(&as_bob)).await;
    assert_eq!(outcome, Err((Some(403), "forbidden".to_owned())));
    let as_nobody = ticket(&gateway, &backend, json!({})).await;
    let outcome = Transport::Seed.attempt(&gateway, Some(&as_nobody)).await;
    assert_eq!(outcome, Err((Some(403), "forbidden".to_owned())));
    let start = json!({"workflow_type": "T", "task_queue": "q"});
    assert_eq!(
        v1(&gateway, &as_ada).await.call_error("start", start).await,
        "forbidden"
    );
}

// Covers AUTH-13.
#[tokio::test(start_paused = true)]
async fn ticket_shows_payloads_if_its_owner_sees_and_grants_them() {
    let (gateway, _) = gateway().await;
    let workflow = gateway.engine.find(&workflow_of_ada());
    workflow.schedule("one");
    workflow.complete_activity("one", Json::from_value(&7).unwrap());
    for (owner, asked, shown) in [
        (true, json!(null), true),
        (true, json!(true), true),
        (true, json!(false), false),
        (false, json!(null), false),
        (false, json!(true), false),
    ] {
        let token = allowing(json!({"payloads": owner}));
        let ticket = ticket(&gateway, &token, json!({"payloads": asked})).await;
        let uri = format!("{}&ticket={ticket}", events_uri(&workflow_of_ada()));
        let (_, answer) = json(gateway.get(&uri).await).await;
        let last = answer["events"].as_array().unwrap().last().unwrap();
        let expected = if shown {
            json!(7)
        } else {
            json!({"hidden": true})
        };
        assert_eq!(
            last["data"]["result"], expected,
            "{owner} {asked}: {answer}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_ticket_requests_are_rejected() {
    let (gateway, backend) = gateway().await;
    for (request, code) in [
        (json!({"verbs": ["fly"]}), "invalid_field"),
        (json!({"verbs": "all"}), "invalid_field"),
        (json!({"subject": "x".repeat(257)}), "invalid_field"),
        (json!({"payloads": 1}), "invalid_field"),
        (json!([]), "expected_object"),
    ] {
        let (status, answer) = ask(&gateway, &backend, request).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!(code)),
            "{answer}"
        );
    }
}

#[test]
fn ticket_permissions_are_encoded_like_token_permissions() {
    // A ticket's permissions are parsed like a claim, with no permissions as the default.
    let own = Permissions::own().to_json();
    let read = Permissions::from_json(&own, &Permissions::none());
    assert_eq!(read, Ok(Permissions::own()));
    assert_eq!(Permissions::none().workflow_ids, Allowed::none());
}

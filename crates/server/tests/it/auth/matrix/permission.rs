//! Valid tokens of another user, or without the permission.

use fast_temporal_core::{Verb, owner};
use serde_json::json;

use super::attempt;
use crate::{
    auth::transport::{self, Transport},
    support::{
        Gateway,
        token::{self, workflow_of},
    },
};

// Covers AUTH-10, AUTH-11.
#[tokio::test(start_paused = true)]
async fn seed_connections_of_other_users_are_rejected() {
    let gateway = Gateway::with_tokens().await;
    let bob = token::of("bob");
    for transport in Transport::all() {
        let before = gateway.engine.stats();
        let outcome = transport.attempt(&gateway, Some(&bob)).await;
        let names_a_workflow = transport.names_a_workflow();
        let expected = match transport {
            // The path names the user only, so the error reveals nothing.
            Transport::Seed => transport::rejected(403, "forbidden"),
            Transport::V1(..) | Transport::V1Auth(..) if names_a_workflow => {
                Err((None, "not_found".to_owned()))
            }
            _ if names_a_workflow => transport::rejected(404, "not_found"),
            _ => Ok(()),
        };
        assert_eq!(outcome, expected, "{transport:?}");
        if expected.is_err() {
            // The response time reveals nothing either.
            assert_eq!(gateway.engine.stats(), before, "{transport:?}");
        }
    }
}

// Covers AUTH-8.
#[tokio::test(start_paused = true)]
async fn actions_without_permission_are_forbidden() {
    let gateway = Gateway::with_tokens().await;
    for transport in Transport::all() {
        for missing in transport.permissions() {
            let all = Verb::ALL.iter().map(|verb| verb.as_str());
            let verbs: Vec<_> = all.filter(|verb| *verb != missing).collect();
            let token = token::with_permissions(json!({"verbs": verbs}));
            let outcome = attempt(&gateway, &transport, Some(&token)).await;
            let (status, code) = outcome.expect_err("a rejection");
            assert_eq!(code, "forbidden", "{transport:?} without {missing}");
            assert!(matches!(status, None | Some(403)), "{transport:?}");
        }
    }
}

// Covers OP-2, WS-14.
#[tokio::test(start_paused = true)]
async fn another_users_workflow_looks_missing_over_websocket() {
    let gateway = Gateway::with_tokens().await;
    let missing = format!("{}missing", owner::prefix("bob"));
    gateway.engine.workflow("without-owner");
    let mut bob = gateway.bearer(&token::of("bob")).v1().await.unwrap();
    for (op, fields) in transport::OPERATIONS {
        let mut responses = Vec::new();
        for id in [&*workflow_of("ada"), "without-owner", &*missing] {
            let before = gateway.engine.stats();
            let request = bob.send_request(op, transport::fields(fields, id)).await;
            let mut response = bob.response(request).await;
            response.as_object_mut().unwrap().remove("id");
            if fields.contains("{id}") && id != missing {
                assert_eq!(gateway.engine.stats(), before, "{op}");
            }
            responses.push(response);
        }
        let code = match *op {
            // Without a workflow id, they are about the workflows of `bob`.
            "start" | "list" => {
                assert_eq!(responses[0]["ok"], true, "{op}");
                continue;
            }
            "unsubscribe" => "not_subscribed",
            _ => "not_found",
        };
        assert_eq!(responses[0]["error"]["code"], code, "{op}");
        assert!(responses.iter().all(|other| *other == responses[0]), "{op}");
    }
}

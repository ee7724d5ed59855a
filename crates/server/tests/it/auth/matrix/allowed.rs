//! Valid tokens of another user, or without the permission.

use axum::{body::Body, http::Request};
use fast_temporal_core::{Verb, owner};
use fast_temporal_protocol::path;
use serde_json::json;

use super::attempt;
use super::gateway;
use crate::{
    auth::transport,
    auth::transport::Transport,
    auth::transport::workflow_of_ada,
    support::{json, token, token::but, token::claims, token::hs256},
};

// Covers AUTH-10, AUTH-11.
#[tokio::test(start_paused = true)]
async fn seed_connections_of_other_users_are_rejected() {
    let gateway = gateway().await;
    let bob = token::of("bob");
    for transport in Transport::all() {
        let before = gateway.engine.stats();
        let outcome = transport.attempt(&gateway, Some(&bob)).await;
        let expected = match transport {
            // Everybody has a name: that gives nothing away.
            Transport::Seed => Err((Some(403), "forbidden".to_owned())),
            Transport::Socket(..) | Transport::SocketAuth(..) if transport.names_a_workflow() => {
                Err((None, "not_found".to_owned()))
            }
            _ if transport.names_a_workflow() => Err((Some(404), "not_found".to_owned())),
            _ => Ok(()),
        };
        assert_eq!(outcome, expected, "{transport:?}");
        if expected.is_err() {
            // How long it takes says nothing either.
            assert_eq!(gateway.engine.stats(), before, "{transport:?}");
        }
    }
}

// Covers AUTH-10.
#[tokio::test(start_paused = true)]
async fn another_users_workflow_looks_missing_over_http() {
    let gateway = gateway().await;
    let missing = format!("{}missing", owner::prefix("bob"));
    let get = async |workflow_id: &str, rest: &str| {
        let id = path::encode_workflow_id(workflow_id);
        let request = Request::get(format!("/v1/workflows/{id}{rest}"))
            .header("authorization", format!("Bearer {}", token::of("bob")))
            .body(Body::empty())
            .unwrap();
        let response = gateway.request(request).await;
        let headers = format!("{:?}", response.headers());
        (headers, json(response).await)
    };
    for rest in ["", "/events", "/events?wait=0", "/result?wait=0"] {
        let foreign = get(&workflow_of_ada(), rest).await;
        assert_eq!(foreign, get(&missing, rest).await, "{rest}");
        assert_eq!(foreign.1.0, 404, "{rest}");
    }
}

// Covers AUTH-8.
#[tokio::test(start_paused = true)]
async fn actions_without_permission_are_forbidden() {
    let gateway = gateway().await;
    for transport in Transport::all() {
        for missing in transport.verbs() {
            let all = Verb::ALL.iter().map(|verb| verb.as_str());
            let verbs: Vec<_> = all.filter(|verb| *verb != missing).collect();
            let narrow = json!({"fast_temporal": {"verbs": verbs}});
            let token = hs256(&but(claims("ada"), narrow));
            let (status, code) = attempt(&gateway, transport, Some(&token))
                .await
                .expect_err("refused");
            assert_eq!(code, "forbidden", "{transport:?} without {missing}");
            assert!(matches!(status, None | Some(403)), "{transport:?}");
        }
    }
}

// Covers OP-2.
#[tokio::test(start_paused = true)]
async fn another_users_workflow_looks_missing_over_websocket() {
    let gateway = gateway().await;
    let missing = format!("{}missing", owner::prefix("bob"));
    let mut bob = transport::connect_v1(&gateway, Some(&token::of("bob")))
        .await
        .unwrap();
    for (op, fields) in transport::OPS {
        let mut answers = Vec::new();
        for id in [&*workflow_of_ada(), &*missing] {
            let before = gateway.engine.stats();
            let asked = bob.send_request(op, transport::fields(fields, id)).await;
            let mut answer = bob.response(asked).await;
            answer.as_object_mut().unwrap().remove("id");
            if fields.contains("{id}") && id != missing {
                assert_eq!(gateway.engine.stats(), before, "{op}");
            }
            answers.push(answer);
        }
        let code = match *op {
            // What names no workflow is bob's own.
            "start" | "list" => {
                assert_eq!(answers[0]["ok"], true, "{op}");
                continue;
            }
            "unsubscribe" => "not_subscribed",
            _ => "not_found",
        };
        assert_eq!(answers[0]["error"]["code"], code, "{op}");
        assert_eq!(answers[0], answers[1], "{op}");
    }
}

//! Every transport, each with one complete request of a client with a token.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use crate::support::{Client, Gateway, Reply, V1Client, path_of, token::workflow_of};

/// A request about the workflow of `ada`, whose id is `{id}` in paths and fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    EventStream,
    LongPoll,
    /// A connection to `/ws/ada`, and a workflow started there.
    Seed,
    /// An operation on `/v1/ws`, and its fields.
    V1(&'static str, &'static str),
    /// The same, with the token in an `auth` request.
    V1Auth(&'static str, &'static str),
    /// An issued ticket.
    Ticket,
    /// An operation over REST: its name, the method, the path after `/v1/workflows`, and the body.
    Rest(&'static str, Method, &'static str, &'static str),
}

/// The error with which a request was rejected, if it was.
pub type Outcome = Result<(), Rejection>;
/// The status and the error code. A request over an open connection has no status.
pub type Rejection = (Option<u16>, String);

/// Every operation on `/v1/ws` that needs credentials, with its fields.
pub const OPERATIONS: &[(&str, &str)] = &[
    ("start", r#"{"workflow":"order"}"#),
    ("list", "{}"),
    ("subscribe", r#"{"workflow_id":"{id}"}"#),
    ("unsubscribe", r#"{"workflow_id":"{id}"}"#),
    ("describe", r#"{"workflow_id":"{id}"}"#),
    ("result", r#"{"workflow_id":"{id}","wait":0}"#),
    ("signal", r#"{"workflow_id":"{id}","name":"go","args":[1]}"#),
    ("query", r#"{"workflow_id":"{id}","name":"state"}"#),
    ("update", r#"{"workflow_id":"{id}","name":"change"}"#),
    ("cancel", r#"{"workflow_id":"{id}"}"#),
    ("terminate", r#"{"workflow_id":"{id}"}"#),
];

const REST: &[Transport] = &[
    Transport::Rest("start", Method::POST, "", r#"{"workflow":"order"}"#),
    Transport::Rest("list", Method::GET, "", ""),
    Transport::Rest("describe", Method::GET, "/{id}", ""),
    Transport::Rest("result", Method::GET, "/{id}/result?wait=0", ""),
    Transport::Rest(
        "signal",
        Method::POST,
        "/{id}/signals/go",
        r#"{"args":[1]}"#,
    ),
    Transport::Rest("query", Method::POST, "/{id}/queries/state", ""),
    Transport::Rest("update", Method::POST, "/{id}/updates/change", ""),
    Transport::Rest("cancel", Method::POST, "/{id}/cancel", ""),
    Transport::Rest("terminate", Method::POST, "/{id}/terminate", ""),
];

impl Transport {
    /// Returns all transports. Those that close the workflow are last.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::EventStream, Self::LongPoll, Self::Seed, Self::Ticket];
        all.extend(REST.iter().cloned());
        all.extend(OPERATIONS.iter().map(|(op, fields)| Self::V1(op, fields)));
        all.extend(
            OPERATIONS
                .iter()
                .map(|(op, fields)| Self::V1Auth(op, fields)),
        );
        all.sort_by_key(|transport| transport.permissions() == ["terminate"]);
        all
    }

    /// Returns the permissions that it requires.
    pub fn permissions(&self) -> Vec<&'static str> {
        match self {
            Self::EventStream
            | Self::LongPoll
            | Self::V1("unsubscribe", _)
            | Self::V1Auth("unsubscribe", _) => vec!["subscribe"],
            Self::Seed => vec!["start", "subscribe"],
            Self::Ticket => vec!["ticket"],
            Self::Rest(op, ..) | Self::V1(op, _) | Self::V1Auth(op, _) => vec![op],
        }
    }

    /// Returns whether it names the workflow.
    pub fn names_a_workflow(&self) -> bool {
        match self {
            Self::Seed | Self::Ticket => false,
            Self::EventStream | Self::LongPoll => true,
            Self::Rest(_, _, text, _) | Self::V1(_, text) | Self::V1Auth(_, text) => {
                text.contains("{id}")
            }
        }
    }

    /// Sends the request.
    pub async fn attempt(&self, gateway: &Gateway, token: Option<&str>) -> Outcome {
        let client = match token {
            Some(token) => gateway.bearer(token),
            None => gateway.anonymous(),
        };
        let events = path_of(&workflow_of("ada"), "/events");
        match self {
            Self::EventStream => {
                let response = client.open(&events).await;
                if response.status() == 200 {
                    return Ok(());
                }
                http_outcome(&Reply::read(response).await)
            }
            Self::LongPoll => http(&client, &Method::GET, &format!("{events}?wait=0"), "").await,
            Self::Ticket => http(&client, &Method::POST, "/v1/tickets", "").await,
            Self::Rest(_, method, path, body) => {
                let id = path_of(&workflow_of("ada"), "");
                let path = format!("/v1/workflows{path}").replace("/v1/workflows/{id}", &id);
                http(&client, method, &path, body).await
            }
            Self::Seed => {
                let mut seed = client
                    .seed("ada")
                    .await
                    .map_err(|reply| rejection(&reply))?;
                seed.start(json!({"prompt": "go"})).await;
                gateway.engine.started(1).await;
                Ok(())
            }
            Self::V1(op, fields) => {
                let mut v1 = client.v1().await.map_err(|reply| rejection(&reply))?;
                call(&mut v1, op, fields).await
            }
            Self::V1Auth(op, fields) => {
                let mut v1 = gateway.v1().await;
                let id = match token {
                    Some(token) => v1.send_request("auth", json!({"token": token})).await,
                    None => v1.send_request("ping", json!({})).await,
                };
                let accepted = v1_outcome(&v1.response(id).await);
                let outcome = call(&mut v1, op, fields).await;
                if accepted.is_err() {
                    // The connection is still open, without credentials.
                    assert_eq!(outcome, Err((None, "unauthenticated".to_owned())), "{op}");
                }
                accepted.and(outcome)
            }
        }
    }
}

async fn http(client: &Client<'_>, method: &Method, uri: &str, body: &'static str) -> Outcome {
    let reply = if body.is_empty() {
        client.request(method.clone(), uri, Body::empty()).await
    } else {
        client.post(uri, serde_json::from_str(body).unwrap()).await
    };
    http_outcome(&reply)
}

fn http_outcome(reply: &Reply) -> Outcome {
    let has_challenge = reply.header("www-authenticate").is_some();
    assert_eq!(has_challenge, reply.status == 401, "{reply:?}");
    match reply.status {
        200..300 => Ok(()),
        status => outcome(Some(status), &reply["error"]),
    }
}

/// Returns the fields of an operation on a workflow.
pub fn fields(template: &str, workflow_id: &str) -> Value {
    serde_json::from_str(&template.replace("{id}", workflow_id)).unwrap()
}

/// Sends an operation on the workflow of `ada`, after a subscription if it needs one.
async fn call(v1: &mut V1Client, op: &str, template: &str) -> Outcome {
    let fields = fields(template, &workflow_of("ada"));
    let mut subscribed = Ok(());
    if op == "unsubscribe" {
        let id = v1.send_request("subscribe", fields.clone()).await;
        subscribed = v1_outcome(&v1.response(id).await);
    }
    let id = v1.send_request(op, fields).await;
    let outcome = v1_outcome(&v1.response(id).await);
    assert!(subscribed.is_ok() || outcome.is_err(), "{op}");
    subscribed.and(outcome)
}

fn v1_outcome(response: &Value) -> Outcome {
    if response["ok"] == true {
        Ok(())
    } else {
        outcome(None, &response["error"])
    }
}

fn outcome(status: Option<u16>, error: &Value) -> Outcome {
    let code = code(error);
    match &*code {
        // Authorized: the workflow failed the request, or an earlier request closed it.
        "query_failed"
        | "update_failed"
        | "workflow_not_closed"
        | "timeout"
        | "workflow_closed" => Ok(()),
        _ => Err((status, code)),
    }
}

/// Returns the error with which an upgrade was rejected.
pub fn rejection(reply: &Reply) -> Rejection {
    (Some(reply.status), code(&reply["error"]))
}

/// Returns the expected rejection of a request over HTTP.
pub fn rejected(status: u16, code: &str) -> Outcome {
    Err((Some(status), code.to_owned()))
}

fn code(error: &Value) -> String {
    assert!(error["message"].is_string(), "{error}");
    error["code"].as_str().unwrap().to_owned()
}

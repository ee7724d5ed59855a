//! Every transport, each with one complete request as a user with a token.

use axum::{body::Body, http::Request};
use fast_temporal_core::owner;
use fast_temporal_protocol::path;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, client::ClientRequestBuilder};

use crate::support::{Client, Gateway, V1, json};

/// The workflow that is there, and belongs to `ada`.
pub fn workflow_of_ada() -> String {
    format!("{}there", owner::prefix("ada"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// The events of ada's workflow, as a stream.
    Stream,
    /// The same as one answer.
    Answer,
    /// `/ws/ada`, and a workflow started there.
    Seed,
    /// A request on `/v1/ws`: its operation, and its other fields. `{id}` stands for ada's workflow.
    Socket(&'static str, &'static str),
    /// The same, with the token in an `auth` message.
    SocketAuth(&'static str, &'static str),
    /// A ticket.
    Ticket,
    /// A verb over REST: its name, the method, the path after `/v1/workflows`, and the body. `{id}`
    /// stands for ada's workflow.
    Rest(&'static str, &'static str, &'static str, &'static str),
}

/// Whether it got through, or the status and the code of the refusal. What was refused over an open
/// connection has no status.
pub type Outcome = Result<(), Refusal>;
/// The status and the code of a refusal.
pub type Refusal = (Option<u16>, String);

/// Every operation on `/v1/ws` that needs credentials, with its fields.
pub const OPS: &[(&str, &str)] = &[
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
    Transport::Rest("start", "POST", "", r#"{"workflow":"order"}"#),
    Transport::Rest("list", "GET", "", ""),
    Transport::Rest("describe", "GET", "/{id}", ""),
    Transport::Rest("result", "GET", "/{id}/result?wait=0", ""),
    Transport::Rest("signal", "POST", "/{id}/signals/go", r#"{"args":[1]}"#),
    Transport::Rest("query", "POST", "/{id}/queries/state", ""),
    Transport::Rest("update", "POST", "/{id}/updates/change", ""),
    Transport::Rest("cancel", "POST", "/{id}/cancel", ""),
    Transport::Rest("terminate", "POST", "/{id}/terminate", ""),
];

impl Transport {
    /// All of them, those that end ada's workflow last.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Stream, Self::Answer, Self::Seed, Self::Ticket];
        all.extend(REST);
        all.extend(OPS.iter().map(|(op, fields)| Self::Socket(op, fields)));
        all.extend(OPS.iter().map(|(op, fields)| Self::SocketAuth(op, fields)));
        all.sort_by_key(|transport| transport.verbs() == ["terminate"]);
        all
    }

    /// The verbs that it takes.
    pub fn verbs(self) -> Vec<&'static str> {
        match self {
            Self::Stream | Self::Answer => vec!["subscribe"],
            Self::Seed => vec!["start", "subscribe"],
            Self::Ticket => vec!["ticket"],
            Self::Socket("unsubscribe", _) | Self::SocketAuth("unsubscribe", _) => {
                vec!["subscribe"]
            }
            Self::Rest(verb, ..) | Self::Socket(verb, _) | Self::SocketAuth(verb, _) => vec![verb],
        }
    }

    /// Whether it is about ada's workflow.
    pub fn names_a_workflow(self) -> bool {
        match self {
            Self::Seed | Self::Ticket => false,
            Self::Stream | Self::Answer => true,
            Self::Rest(_, _, text, _) | Self::Socket(_, text) | Self::SocketAuth(_, text) => {
                text.contains("{id}")
            }
        }
    }

    /// Tries it, with a token in the header where there is one.
    pub async fn attempt(self, gateway: &Gateway, token: Option<&str>) -> Outcome {
        let id = path::encode_workflow_id(&workflow_of_ada()).into_owned();
        let events = format!("/v1/workflows/{id}/events");
        match self {
            Self::Stream => http(gateway, "GET", &events, "", token).await,
            Self::Answer => http(gateway, "GET", &format!("{events}?wait=0"), "", token).await,
            Self::Ticket => http(gateway, "POST", "/v1/tickets", "", token).await,
            Self::Rest(_, method, path, body) => {
                let path = format!("/v1/workflows{}", path.replace("{id}", &id));
                http(gateway, method, &path, body, token).await
            }
            Self::Seed => {
                let connected = connect(gateway, "/ws/ada", token);
                let mut client = Client::connect(connected).await.map_err(refusal)?;
                client.start(json!({"prompt": "go"})).await;
                gateway.engine.started(1).await;
                Ok(())
            }
            Self::Socket(op, fields) => {
                let mut v1 = connect_v1(gateway, token).await?;
                ask(&mut v1, op, fields).await
            }
            Self::SocketAuth(op, fields) => {
                let mut v1 = connect_v1(gateway, None).await?;
                let id = match token {
                    Some(token) => v1.send_request("auth", json!({"token": token})).await,
                    None => v1.send_request("ping", json!({})).await,
                };
                let accepted = outcome(&v1.response(id).await);
                let outcome = ask(&mut v1, op, fields).await;
                if accepted.is_err() {
                    // The connection is still there, and nobody's.
                    assert_eq!(outcome, Err((None, "unauthenticated".to_owned())), "{op}");
                }
                accepted.and(outcome)
            }
        }
    }
}

async fn http(
    gateway: &Gateway,
    method: &str,
    uri: &str,
    body: &'static str,
    token: Option<&str>,
) -> Outcome {
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let response = gateway
        .request(request.body(Body::from(body)).unwrap())
        .await;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let challenged = response.headers().get("www-authenticate").is_some();
    assert_eq!(challenged, status == 401, "{status}");
    let (status, body) = json(response).await;
    refused(Some(status), &body["error"])
}

fn connect(gateway: &Gateway, path: &str, token: Option<&str>) -> ClientRequestBuilder {
    let uri = format!("ws://{}{path}", gateway.address);
    let request = ClientRequestBuilder::new(uri.parse().unwrap());
    match token {
        Some(token) => request.with_header("authorization", format!("Bearer {token}")),
        None => request,
    }
}

/// A connection to `/v1/ws`.
pub async fn connect_v1(gateway: &Gateway, token: Option<&str>) -> Result<V1, Refusal> {
    let connected = connect(gateway, "/v1/ws", token);
    V1::connect_to(connected).await.map_err(refusal)
}

/// An operation's fields, about that workflow.
pub fn fields(template: &str, workflow_id: &str) -> Value {
    serde_json::from_str(&template.replace("{id}", workflow_id)).unwrap()
}

/// Carries out an operation about ada's workflow.
async fn ask(v1: &mut V1, op: &str, template: &str) -> Outcome {
    let fields = fields(template, &workflow_of_ada());
    let mut subscribed = Ok(());
    if op == "unsubscribe" {
        let id = v1.send_request("subscribe", fields.clone()).await;
        subscribed = outcome(&v1.response(id).await);
    }
    let id = v1.send_request(op, fields).await;
    let outcome = outcome(&v1.response(id).await);
    assert!(subscribed.is_ok() || outcome.is_err(), "{op}");
    subscribed.and(outcome)
}

fn outcome(answer: &Value) -> Outcome {
    if answer["ok"] == true {
        Ok(())
    } else {
        refused(None, &answer["error"])
    }
}

fn refused(status: Option<u16>, error: &Value) -> Outcome {
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

/// The status and the code with which an upgrade was refused.
pub fn refusal(error: tungstenite::Error) -> Refusal {
    let tungstenite::Error::Http(response) = error else {
        panic!("not refused, but {error:?}");
    };
    let status = response.status().as_u16();
    let body = response.body().as_deref().unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap();
    (Some(status), code(&body["error"]))
}

fn code(error: &Value) -> String {
    assert!(error["message"].is_string(), "{error}");
    error["code"].as_str().unwrap().to_owned()
}

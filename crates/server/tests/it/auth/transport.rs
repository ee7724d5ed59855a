//! The ways in: each one tries to do something as a user with a token, to the end.

use axum::{body::Body, http::Request};
use fast_temporal_core::owner;
use fast_temporal_protocol::path;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, client::ClientRequestBuilder};

use crate::{
    client::Client,
    gateway::{self, Gateway},
    v1::V1,
};

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
    /// `/v1/ws`, and a subscription to ada's workflow.
    V1,
    /// The same, where the token comes as a message.
    V1Auth,
    /// A ticket.
    Ticket,
    /// A verb over REST: its name, the method, the path after `/v1/workflows`, and the body. `{id}`
    /// stands for ada's workflow.
    Rest(&'static str, &'static str, &'static str, &'static str),
}

/// Whether it got through, or the status and the code of the refusal. What was refused over an open
/// connection has no status.
pub type Outcome = Result<(), (Option<u16>, String)>;

impl Transport {
    pub const ALL: &[Self] = &[
        Self::Stream,
        Self::Answer,
        Self::Seed,
        Self::V1,
        Self::V1Auth,
        Self::Ticket,
        Self::Rest("start", "POST", "", r#"{"workflow":"order"}"#),
        Self::Rest("list", "GET", "", ""),
        Self::Rest("describe", "GET", "/{id}", ""),
        Self::Rest("result", "GET", "/{id}/result?wait=0", ""),
        Self::Rest("signal", "POST", "/{id}/signals/go", r#"{"args":[1]}"#),
        Self::Rest("query", "POST", "/{id}/queries/state", ""),
        Self::Rest("update", "POST", "/{id}/updates/change", ""),
        Self::Rest("cancel", "POST", "/{id}/cancel", ""),
        Self::Rest("terminate", "POST", "/{id}/terminate", ""),
    ];

    /// The verbs that it takes.
    pub fn verbs(self) -> Vec<&'static str> {
        match self {
            Self::Stream | Self::Answer | Self::V1 | Self::V1Auth => vec!["subscribe"],
            Self::Seed => vec!["start", "subscribe"],
            Self::Ticket => vec!["ticket"],
            Self::Rest(verb, ..) => vec![verb],
        }
    }

    /// Whether it is about ada's workflow.
    pub fn names_a_workflow(self) -> bool {
        match self {
            Self::Seed | Self::Ticket => false,
            Self::Rest(_, _, path, _) => path.contains("{id}"),
            _ => true,
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
            Self::V1 => {
                let connected = connect(gateway, "/v1/ws", token);
                let v1 = V1::connect_to(connected).await.map_err(refusal)?;
                use_v1(v1).await
            }
            Self::V1Auth => {
                let connected = connect(gateway, "/v1/ws", None);
                let mut v1 = V1::connect_to(connected).await.map_err(refusal)?;
                if let Some(token) = token {
                    ask(&mut v1, "auth", json!({"token": token})).await?;
                }
                use_v1(v1).await
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
    let (status, body) = gateway::json(response).await;
    match code(&body["error"]) {
        // The workflow was asked, and has no answer.
        code if ["query_failed", "update_failed", "timeout"].contains(&&*code) => Ok(()),
        code => Err((Some(status), code)),
    }
}

fn connect(gateway: &Gateway, path: &str, token: Option<&str>) -> ClientRequestBuilder {
    let uri = format!("ws://{}{path}", gateway.address);
    let request = ClientRequestBuilder::new(uri.parse().unwrap());
    match token {
        Some(token) => request.with_header("authorization", format!("Bearer {token}")),
        None => request,
    }
}

/// Subscribes to ada's workflow.
async fn use_v1(mut v1: V1) -> Outcome {
    let fields = json!({"workflow_id": workflow_of_ada()});
    ask(&mut v1, "subscribe", fields).await
}

async fn ask(v1: &mut V1, op: &str, fields: Value) -> Outcome {
    let id = v1.ask(op, fields).await;
    let answer = v1.answer(id).await;
    if answer["ok"] == true {
        Ok(())
    } else {
        Err((None, code(&answer["error"])))
    }
}

/// The status and the code with which an upgrade was refused.
pub fn refusal(error: tungstenite::Error) -> (Option<u16>, String) {
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

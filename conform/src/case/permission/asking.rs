//! Ways to use every operation, and the expected outcomes.

use std::collections::BTreeSet;

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use crate::client::{Node, Reply, Socket};

/// Operations over REST: the verb, the method, the path. `{id}` is the workflow id.
pub const REST: [(&str, &str, &str); 12] = [
    ("start", "POST", "/v1/workflows"),
    ("list", "GET", "/v1/workflows"),
    ("ticket", "POST", "/v1/tickets"),
    ("describe", "GET", "/v1/workflows/{id}"),
    ("result", "GET", "/v1/workflows/{id}/result?wait=0"),
    ("subscribe", "GET", "/v1/workflows/{id}/events?wait=0"),
    ("subscribe", "GET", "/v1/workflows/{id}/events"),
    ("signal", "POST", "/v1/workflows/{id}/signals/note"),
    ("query", "POST", "/v1/workflows/{id}/queries/notes"),
    ("update", "POST", "/v1/workflows/{id}/updates/add"),
    ("cancel", "POST", "/v1/workflows/{id}/cancel"),
    ("terminate", "POST", "/v1/workflows/{id}/terminate"),
];
/// Operations over a WebSocket: the verb, the operation.
pub const OPS: [(&str, &str); 11] = [
    ("start", "start"),
    ("list", "list"),
    ("describe", "describe"),
    ("result", "result"),
    ("subscribe", "subscribe"),
    ("subscribe", "unsubscribe"),
    ("signal", "signal"),
    ("query", "query"),
    ("update", "update"),
    ("cancel", "cancel"),
    ("terminate", "terminate"),
];
/// The codes for missing and invalid credentials.
const NONE: [&str; 2] = ["unauthenticated", "token_expired"];

/// The workflow that the requests name.
pub struct Asking<'a> {
    pub node: &'a Node,
    pub workflow_id: &'a str,
    /// A request to start a workflow.
    pub start: &'a Value,
}

impl Asking<'_> {
    /// Uses a verb over REST.
    pub async fn rest(
        &self,
        verb: &str,
        method: &str,
        path: &str,
        token: Option<&str>,
    ) -> anyhow::Result<Reply> {
        let body = match verb {
            _ if method == "GET" => None,
            "start" => Some(self.start.clone()),
            verb => Some(json!({"args": args(verb)})),
        };
        let path = path.replace("{id}", self.workflow_id);
        let node = self.node;
        let reply = node.call(method.parse()?, &path, token, body.as_ref());
        let reply = reply.await?;
        let challenged = reply.headers.contains_key("www-authenticate");
        ensure!(challenged == (reply.status == 401), "{path}: {reply:?}");
        Ok(reply)
    }

    /// Uses a verb over a WebSocket.
    pub async fn op(&self, socket: &mut Socket, op: &str) -> anyhow::Result<Value> {
        if op == "start" {
            return socket.request(op, self.start).await;
        }
        let mut fields = json!({"workflow_id": self.workflow_id, "args": args(op)});
        match op {
            "signal" => fields["name"] = json!("note"),
            "query" => fields["name"] = json!("notes"),
            "update" => fields["name"] = json!("add"),
            "result" => fields["wait"] = json!(0),
            _ => {}
        }
        socket.request(op, &fields).await
    }

    /// Uses every verb on every transport, and checks that each is rejected.
    pub async fn all_rejected(&self, token: Option<&str>) -> anyhow::Result<()> {
        for (verb, method, path) in REST {
            let reply = self.rest(verb, method, path, token).await?;
            expect(&format!("{method} {path}"), &reply.body, &NONE)?;
        }
        if token.is_some() {
            match Socket::try_connect(self.node, "/v1/ws", token).await? {
                Err(401) => {}
                Err(status) => bail!("/v1/ws: {status}"),
                Ok(_) => bail!("/v1/ws is open"),
            }
        }
        let mut socket = Socket::connect(self.node, None).await?;
        if let Some(token) = token {
            let answer = socket.request("auth", &json!({"token": token})).await?;
            expect("auth", &answer, &NONE)?;
        }
        for (_, op) in OPS {
            let answer = self.op(&mut socket, op).await?;
            expect(op, &answer, &["unauthenticated"])?;
        }
        Ok(())
    }

    /// Uses one verb on every transport, with credentials that permit all but that, and checks that
    /// it is rejected.
    pub async fn is_forbidden(&self, verb: &str, token: &str) -> anyhow::Result<()> {
        for (_, method, path) in REST.iter().filter(|way| way.0 == verb) {
            let reply = self.rest(verb, method, path, Some(token)).await?;
            ensure!(reply.status == 403, "{path}: {reply:?}");
            expect(&format!("{method} {path}"), &reply.body, &["forbidden"])?;
        }
        let mut socket = Socket::connect(self.node, Some(token)).await?;
        for (_, op) in OPS.iter().filter(|way| way.0 == verb) {
            let code = match *op {
                // There is no subscription to end.
                "unsubscribe" => "not_subscribed",
                _ => "forbidden",
            };
            let answer = self.op(&mut socket, op).await?;
            expect(op, &answer, &[code])?;
        }
        Ok(())
    }

    /// Uses one verb on every transport, with credentials that permit nothing else.
    pub async fn is_allowed(&self, verb: &str, token: &str) -> anyhow::Result<()> {
        let through = |what: &str, answer: &Value| {
            let code = answer["error"]["code"].as_str();
            // It is open, or the same verb on another transport has closed it.
            let fits = matches!(
                code,
                None | Some("workflow_not_closed" | "timeout" | "workflow_closed")
            );
            ensure!(fits, "{what} with credentials for {verb}: {answer}");
            anyhow::Ok(())
        };
        // An event stream of an open workflow does not end.
        let ends = |path: &str| !path.ends_with("/events");
        let ways = REST.iter().filter(|way| way.0 == verb && ends(way.2));
        for (_, method, path) in ways {
            let reply = self.rest(verb, method, path, Some(token)).await?;
            through(&format!("{method} {path}"), &reply.body)?;
        }
        let mut socket = Socket::connect(self.node, Some(token)).await?;
        for (_, op) in OPS.iter().filter(|way| way.0 == verb) {
            let answer = self.op(&mut socket, op).await?;
            through(op, &answer)?;
        }
        Ok(())
    }
}

fn args(verb: &str) -> Value {
    match verb {
        "signal" => json!(["x"]),
        "update" => json!([1]),
        _ => json!([]),
    }
}

/// Checks that a response is an error with one of these codes.
pub fn expect(what: &str, answer: &Value, codes: &[&str]) -> anyhow::Result<()> {
    let code = answer["error"]["code"].as_str().unwrap_or_default();
    ensure!(
        codes.contains(&code),
        "{what}: {codes:?} expected, not {answer}"
    );
    Ok(())
}

/// Every verb.
pub fn verbs() -> BTreeSet<&'static str> {
    REST.iter().map(|(verb, ..)| *verb).collect()
}

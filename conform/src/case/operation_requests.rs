//! Ways to request every operation, and the expected outcomes.

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use crate::client::{Node, Reply, socket::Socket};

/// Operations over REST: the permission, the method, the path. `{id}` is the workflow id.
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
/// Operations over a WebSocket.
const OPS: &str =
    "start list describe result subscribe unsubscribe signal query update cancel terminate";
/// The codes for missing and invalid credentials.
const NOT_SIGNED_IN: [&str; 2] = ["unauthenticated", "token_expired"];

/// Requests about one workflow, at one node.
pub struct OperationRequests<'a> {
    pub node: &'a Node,
    pub workflow_id: &'a str,
    /// A request to start a workflow.
    pub start: &'a Value,
}

impl OperationRequests<'_> {
    /// Requests an operation over REST.
    pub async fn rest(
        &self,
        permission: &str,
        method: &str,
        path: &str,
        token: Option<&str>,
    ) -> Result<Reply> {
        let body = match permission {
            _ if method == "GET" => None,
            "start" => Some(self.start.clone()),
            op => Some(json!({"args": args(op)})),
        };
        let path = path.replace("{id}", self.workflow_id);
        let reply = self.node.call(method.parse()?, &path, token, body.as_ref());
        let reply = reply.await?;
        let challenged = reply.headers.contains_key("www-authenticate");
        ensure!(challenged == (reply.status == 401), "{path}: {reply:?}");
        Ok(reply)
    }

    /// Requests an operation over a WebSocket.
    pub async fn op(&self, socket: &mut Socket, op: &str) -> Result<Value> {
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

    /// Requests every operation over every transport, and checks that each is rejected as without
    /// valid credentials.
    pub async fn check_all_unauthenticated(&self, token: Option<&str>) -> Result<()> {
        for (permission, method, path) in REST {
            let reply = self.rest(permission, method, path, token).await?;
            check_error(&format!("{method} {path}"), &reply.body, &NOT_SIGNED_IN)?;
        }
        let mut socket = Socket::connect(self.node, None).await?;
        if let Some(token) = token {
            match Socket::try_connect(self.node, "/v1/ws", Some(token)).await? {
                Err(401) => {}
                Err(status) => bail!("/v1/ws: rejected with {status}"),
                Ok(_) => bail!("/v1/ws: accepted"),
            }
            let response = socket.request("auth", &json!({"token": token})).await?;
            check_error("auth", &response, &NOT_SIGNED_IN)?;
        }
        for op in ops() {
            let response = self.op(&mut socket, op).await?;
            check_error(op, &response, &["unauthenticated"])?;
        }
        Ok(())
    }

    /// Requests what needs a permission over every transport, with credentials that lack it, and checks
    /// that each request is rejected.
    pub async fn check_forbidden(&self, permission: &str, token: &str) -> Result<()> {
        for (_, method, path) in REST.iter().filter(|(needed, ..)| *needed == permission) {
            let reply = self.rest(permission, method, path, Some(token)).await?;
            ensure!(reply.status == 403, "{path}: {reply:?}");
            check_error(&format!("{method} {path}"), &reply.body, &["forbidden"])?;
        }
        let mut socket = Socket::connect(self.node, Some(token)).await?;
        for op in ops().filter(|op| permission_of(op) == permission) {
            let code = match op {
                // There is no subscription to end.
                "unsubscribe" => "not_subscribed",
                _ => "forbidden",
            };
            let response = self.op(&mut socket, op).await?;
            check_error(op, &response, &[code])?;
        }
        Ok(())
    }

    /// Requests what needs a permission over every transport, with credentials that have no other, and
    /// checks that each request is accepted.
    pub async fn check_permitted(&self, permission: &str, token: &str) -> Result<()> {
        let check = |what: &str, response: &Value| {
            let code = response["error"]["code"].as_str();
            // The workflow is open, or the same operation over another transport has closed it.
            let accepted = matches!(
                code,
                None | Some("workflow_not_closed" | "timeout" | "workflow_closed")
            );
            ensure!(accepted, "{what} with only `{permission}`: {response}");
            Ok(())
        };
        for (needed, method, path) in REST {
            // An event stream of an open workflow does not end.
            if needed == permission && !path.ends_with("/events") {
                let reply = self.rest(permission, method, path, Some(token)).await?;
                check(&format!("{method} {path}"), &reply.body)?;
            }
        }
        let mut socket = Socket::connect(self.node, Some(token)).await?;
        for op in ops().filter(|op| permission_of(op) == permission) {
            let response = self.op(&mut socket, op).await?;
            check(op, &response)?;
        }
        Ok(())
    }
}

fn args(op: &str) -> Value {
    match op {
        "signal" => json!(["x"]),
        "update" => json!([1]),
        _ => json!([]),
    }
}

/// Returns the permission that an operation over a WebSocket needs.
fn permission_of(op: &str) -> &str {
    match op {
        "unsubscribe" => "subscribe",
        op => op,
    }
}

/// Checks that a response is an error with one of these codes.
pub fn check_error(what: &str, response: &Value, codes: &[&str]) -> Result<()> {
    let code = response["error"]["code"].as_str().unwrap_or_default();
    let matches = codes.contains(&code);
    ensure!(matches, "{what}: expected {codes:?}, not {response}");
    Ok(())
}

/// Returns every operation over a WebSocket.
pub fn ops() -> impl Iterator<Item = &'static str> {
    OPS.split(' ')
}

/// Returns every permission of an operation.
pub fn permissions() -> BTreeSet<&'static str> {
    REST.iter().map(|(permission, ..)| *permission).collect()
}

//! Users of the gateways and their workflows: the vocabulary of the cases.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{
    client::{Reply, socket::Socket},
    subscriber::Subscriber,
    world::World,
};

/// A user who is permitted everything with their own workflows, and to see payloads.
#[derive(Clone)]
pub struct User {
    world: Arc<World>,
    pub name: String,
    /// The user's credentials; `None` if the gateways check none.
    pub token: Option<String>,
}

/// A workflow, and a connection of the user who started it.
pub struct Workflow {
    user: User,
    pub id: String,
    /// The run that the start began.
    pub run_id: Value,
    pub socket: Socket,
}

impl User {
    /// Returns another user for each case, so that cases don't share workflows.
    pub fn new(world: &Arc<World>, case: &str) -> Self {
        let name = format!("{case}-{:08x}", fastrand::u32(..));
        Self {
            token: world.token(&name),
            world: Arc::clone(world),
            name,
        }
    }

    /// Returns this user with other credentials.
    pub fn with_token(&self, token: String) -> Self {
        Self {
            token: Some(token),
            ..self.clone()
        }
    }

    /// Connects to one of the nodes.
    pub async fn connect(&self, node: usize) -> Result<Socket> {
        Socket::connect(self.world.node(node), self.token.as_deref()).await
    }

    pub async fn get(&self, node: usize, path: &str) -> Result<Reply> {
        let node = self.world.node(node);
        node.get(path, self.token.as_deref()).await
    }

    pub async fn post(&self, node: usize, path: &str, body: &Value) -> Result<Reply> {
        let node = self.world.node(node);
        node.post(path, self.token.as_deref(), body).await
    }

    /// Starts a workflow that executes these steps.
    pub async fn start(&self, steps: &Value) -> Result<Workflow> {
        self.start_with(&self.world.start_request(steps)).await
    }

    /// Starts a workflow by any request.
    pub async fn start_with(&self, request: &Value) -> Result<Workflow> {
        let mut socket = self.connect(0).await?;
        let started = socket.call("start", request).await?;
        Ok(Workflow {
            user: self.clone(),
            id: id_of(&started)?.to_owned(),
            run_id: started["run_id"].clone(),
            socket,
        })
    }

    /// Returns a subscriber of a workflow's events.
    pub fn subscriber(&self, workflow_id: &str) -> Subscriber {
        Subscriber {
            world: Arc::clone(&self.world),
            token: self.token.clone(),
            workflow_id: workflow_id.to_owned(),
        }
    }
}

impl Workflow {
    /// Sends a request about the workflow, and returns its result.
    pub async fn call(&mut self, op: &str, fields: Value) -> Result<Value> {
        let fields = self.with_id(fields);
        self.socket.call(op, &fields).await
    }

    /// Sends a request about the workflow that must fail with that code.
    pub async fn call_error(&mut self, op: &str, fields: Value, code: &str) -> Result<()> {
        let fields = self.with_id(fields);
        self.socket.call_error(op, &fields, code).await
    }

    pub async fn signal(&mut self, name: &str, args: Value) -> Result<()> {
        let fields = json!({"name": name, "args": args});
        self.call("signal", fields).await.map(drop)
    }

    pub async fn describe(&mut self) -> Result<Value> {
        self.call("describe", json!({})).await
    }

    /// Waits until the workflow has closed, and returns its outcome.
    pub async fn result(&mut self) -> Result<Value> {
        self.call("result", json!({"wait": 30})).await
    }

    /// Returns a subscriber of the workflow's events.
    pub fn subscriber(&self) -> Subscriber {
        self.user.subscriber(&self.id)
    }

    /// Returns the workflow's path over HTTP, with something after it.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/workflows/{}{rest}", self.id)
    }

    /// Adds the workflow's id to the fields of a request.
    pub fn with_id(&self, mut fields: Value) -> Value {
        fields["workflow_id"] = json!(self.id);
        fields
    }
}

/// Returns the workflow id in the response to a start.
pub fn id_of(started: &Value) -> Result<&str> {
    let id = started["workflow_id"].as_str();
    id.with_context(|| format!("no workflow id: {started}"))
}

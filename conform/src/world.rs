//! The gateways that the cases run against.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep},
};

use crate::{
    args::RunArguments, client::Node, environment::Environment, token::Tokens,
    workflow::WORKFLOW_TYPE,
};

/// How long gateways can take to be ready.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// The gateways under test, and credentials for them.
pub struct World {
    pub arguments: RunArguments,
    nodes: Vec<Node>,
    tokens: Option<Tokens>,
    environment: Option<Mutex<Environment>>,
}

impl World {
    /// Starts the gateways, or connects to running ones.
    pub async fn new(arguments: RunArguments) -> Result<Self> {
        if arguments.spawn {
            let environment = Environment::start(&arguments).await?;
            let secret = Environment::jwt_secret().to_owned();
            return Ok(Self {
                arguments,
                nodes: environment.nodes(),
                tokens: Some(Tokens::new(secret)),
                environment: Some(Mutex::new(environment)),
            });
        }
        let nodes = arguments.urls.iter().map(|url| Node::new(url));
        Ok(Self {
            nodes: nodes.collect::<Result<_>>()?,
            tokens: arguments.jwt_secret.clone().map(Tokens::new),
            environment: None,
            arguments,
        })
    }

    /// Waits until all gateways are ready.
    pub async fn wait_until_ready(&self) -> Result<()> {
        let limit = Instant::now() + READY_LIMIT;
        for node in &self.nodes {
            loop {
                match node.get("/readyz", None).await {
                    Ok(reply) if reply.status == 200 => break,
                    Ok(reply) if Instant::now() > limit => bail!("{node}: {reply:?}"),
                    Err(error) if Instant::now() > limit => return Err(error),
                    _ => sleep(Duration::from_millis(100)).await,
                }
            }
        }
        Ok(())
    }

    /// Returns one of the gateways; equal numbers return the same one.
    pub fn node(&self, number: usize) -> &Node {
        &self.nodes[number % self.nodes.len()]
    }

    /// Returns credentials of a user who is permitted everything with their own workflows, and to see
    /// payloads; `None` if the gateways check none.
    pub fn token(&self, user: &str) -> Option<String> {
        let permissions = json!({"any_workflow_type": true, "payloads": true});
        Some(self.tokens.as_ref()?.sign(user, &permissions))
    }

    /// Signs credentials.
    ///
    /// # Panics
    /// The gateways check no credentials.
    pub fn tokens(&self) -> &Tokens {
        self.tokens
            .as_ref()
            .expect("this case runs only with credentials")
    }

    /// Whether the gateways check credentials.
    pub fn checks_credentials(&self) -> bool {
        self.tokens.is_some()
    }

    /// Whether the gateways were started for this run.
    pub fn is_spawned(&self) -> bool {
        self.environment.is_some()
    }

    /// The processes that were started for this run.
    ///
    /// # Panics
    /// Nothing was started.
    pub async fn environment(&self) -> MutexGuard<'_, Environment> {
        self.environment
            .as_ref()
            .expect("this case runs only with started processes")
            .lock()
            .await
    }

    /// The start request of a workflow that executes these steps.
    pub fn start_request(&self, steps: &Value) -> Value {
        json!({
            "workflow_type": WORKFLOW_TYPE,
            "task_queue": self.arguments.task_queue,
            "args": [{"steps": steps}],
        })
    }

    /// Prints the last lines of the started processes.
    pub fn print_logs(&self) {
        if let Some(Ok(environment)) = self.environment.as_ref().map(Mutex::try_lock) {
            environment.print_logs();
        }
    }
}

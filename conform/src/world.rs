//! The gateways that the cases run against.

use std::{path::PathBuf, time::Duration};

use anyhow::bail;
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep},
};

use crate::{
    args::RunArguments,
    client::{Method, Node, Socket},
    environment::Environment,
    token::Tokens,
};

/// How long gateways may take to be ready.
const READY_LIMIT: Duration = Duration::from_secs(30);
/// The name of the cases' workflow in the catalog of spawned gateways.
pub const CATALOG_NAME: &str = "conform";
/// The type of the cases' workflow.
pub const WORKFLOW_TYPE: &str = "Conform";

/// The gateways under test, and credentials for them.
pub struct World {
    nodes: Vec<Node>,
    tokens: Option<Tokens>,
    task_queue: String,
    schemathesis: Option<Schemathesis>,
    environment: Option<Mutex<Environment>>,
}

/// The tool that compares the API with its document.
#[derive(Clone)]
pub struct Schemathesis {
    /// Its program.
    pub program: PathBuf,
    /// How many requests it generates for each operation.
    pub examples: u32,
}

impl Schemathesis {
    fn new(arguments: &RunArguments) -> Option<Self> {
        arguments.schemathesis.clone().map(|program| Self {
            program,
            examples: arguments.examples,
        })
    }
}

impl World {
    /// Gateways that run already.
    pub fn at(arguments: &RunArguments) -> anyhow::Result<Self> {
        let nodes = arguments
            .urls
            .iter()
            .map(|url| Node::new(url))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            nodes,
            tokens: arguments.jwt_secret.clone().map(Tokens::new),
            task_queue: arguments.task_queue.clone(),
            schemathesis: Schemathesis::new(arguments),
            environment: None,
        })
    }

    /// Gateways that were started for this run.
    pub fn spawned(environment: Environment, arguments: &RunArguments) -> Self {
        Self {
            nodes: environment.nodes(),
            tokens: Some(Tokens::new(Environment::jwt_secret().to_owned())),
            task_queue: environment.task_queue().to_owned(),
            schemathesis: Schemathesis::new(arguments),
            environment: Some(Mutex::new(environment)),
        }
    }

    /// Waits until all gateways are ready.
    pub async fn is_ready(&self) -> anyhow::Result<()> {
        let limit = Instant::now() + READY_LIMIT;
        for node in &self.nodes {
            loop {
                let answer = node.call(Method::GET, "/readyz", None, None).await;
                match answer {
                    Ok(answer) if answer.status == 200 => break,
                    Ok(answer) if Instant::now() > limit => bail!("{node}: {answer:?}"),
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

    /// Credentials of a user who may do everything with their own workflows, and see payloads;
    /// `None` if the gateways need none.
    pub fn user(&self, name: &str) -> Option<String> {
        let claims = json!({"any_workflow_type": true, "payloads": true});
        self.tokens
            .as_ref()
            .map(|tokens| tokens.sign(name, &claims))
    }

    /// Signs credentials.
    ///
    /// # Panics
    /// The gateways need no credentials.
    pub fn tokens(&self) -> &Tokens {
        self.tokens.as_ref().expect("this case needs credentials")
    }

    /// Whether the gateways need credentials.
    pub fn checks_credentials(&self) -> bool {
        self.tokens.is_some()
    }

    /// The tool that compares the API with its document, if there is one.
    pub fn schemathesis(&self) -> Option<&Schemathesis> {
        self.schemathesis.as_ref()
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
            .expect("this case needs started processes")
            .lock()
            .await
    }

    /// A connection of a user to one of the gateways.
    pub async fn connect(&self, number: usize, user: &str) -> anyhow::Result<Socket> {
        Socket::connect(self.node(number), self.user(user).as_deref()).await
    }

    /// The start request of a workflow that follows a plan.
    pub fn start_request(&self, steps: &Value) -> Value {
        json!({
            "workflow_type": WORKFLOW_TYPE,
            "task_queue": self.task_queue,
            "args": [{"steps": steps}],
        })
    }

    /// Prints the last lines of the started processes.
    pub fn show_logs(&self) {
        if let Some(Ok(environment)) = self.environment.as_ref().map(Mutex::try_lock) {
            environment.show_logs();
        }
    }
}

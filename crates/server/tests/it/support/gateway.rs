//! A gateway on a free port, with a fake Temporal behind it.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use fast_temporal_core::{
    Catalog, FeedConfig, InputSchema, Permissions, Registry, catalog::CatalogEntry,
};
use fast_temporal_protocol::seed::SeedWorkflow;
use fast_temporal_server::{ApiKey, App, AppConfig, AuthConfig, CredentialsConfig, router, serve};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Client, EventStream, Reply, SeedClient, V1Client, token};

/// What a test can change of a gateway before it starts.
///
/// By default, the gateway accepts all clients, with the default limits, and the seed dialect
/// starts `Example` by the signal `start`.
#[derive(Clone)]
pub struct Setup {
    pub engine: FakeEngine,
    pub config: AppConfig,
    pub feed: FeedConfig,
    /// The API keys of users, by name.
    keys: BTreeMap<String, String>,
}

impl Setup {
    fn new() -> Self {
        let mut config = AppConfig::default();
        config.seed.default_workflow = Some(SeedWorkflow {
            workflow_name: "Example".to_owned(),
            workflow_task_queue: "examples".to_owned(),
            start_signal_function: Some("start".to_owned()),
        });
        Self {
            engine: FakeEngine::new(),
            config,
            feed: FeedConfig::default(),
            keys: BTreeMap::new(),
        }
    }

    /// Requires credentials, and returns the accepted ones.
    pub fn credentials(&mut self) -> &mut CredentialsConfig {
        if self.config.auth == AuthConfig::None {
            self.config.auth = AuthConfig::Checked(Box::default());
        }
        match &mut self.config.auth {
            AuthConfig::Checked(credentials) => credentials,
            _ => unreachable!("set above"),
        }
    }

    /// Accepts any number of requests from a client.
    pub fn disable_rate_limit(&mut self) {
        self.config.requests.per_second = 0;
    }

    /// Accepts the tokens of [`token`], at any rate, and has `order` in the catalog.
    pub fn accept_tokens(&mut self) {
        // Tests send many requests, and their clock is paused.
        self.disable_rate_limit();
        self.credentials().jwt = Some(token::jwt_config());
        self.catalog([("order", entry("Order", "orders"))]);
    }

    /// Creates an API key, whose client is [`Gateway::user`].
    pub fn api_key(&mut self, name: &str, subject: Option<&str>, permissions: Permissions) {
        let new = ApiKey::generate(name).unwrap();
        let key = ApiKey::new(name, &new.secret_sha256, permissions).unwrap();
        self.credentials().api_keys.push(match subject {
            Some(subject) => key.with_subject(subject).unwrap(),
            None => key,
        });
        self.keys.insert(name.to_owned(), new.text);
    }

    pub fn catalog<const N: usize>(&mut self, entries: [(&str, CatalogEntry); N]) {
        let entries = entries.map(|(name, entry)| (name.to_owned(), entry));
        self.config.catalog = Arc::new(Catalog::new(entries.into()));
    }

    async fn start(self) -> Gateway {
        let registry = Registry::new(Arc::new(self.engine.clone()), self.feed.clone());
        let app = App::new(self.config.clone(), registry);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, app.clone(), None, shutdown.clone()));
        Gateway {
            engine: self.engine.clone(),
            address,
            shutdown,
            router: router(app),
            serving,
            setup: self,
        }
    }
}

/// An entry of the catalog without schemas.
pub fn entry(workflow_type: &str, task_queue: &str) -> CatalogEntry {
    CatalogEntry {
        workflow_type: workflow_type.to_owned(),
        task_queue: task_queue.to_owned(),
        ..CatalogEntry::default()
    }
}

/// The schema of exactly one argument.
pub fn only_argument(schema: &Value) -> InputSchema {
    InputSchema::of_only_argument(schema).unwrap()
}

pub struct Gateway {
    pub engine: FakeEngine,
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    router: Router,
    serving: JoinSet<io::Result<()>>,
    setup: Setup,
}

impl Gateway {
    pub async fn start() -> Self {
        Setup::new().start().await
    }

    /// Starts a gateway with a changed setup.
    pub async fn start_with(change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup::new();
        change(&mut setup);
        setup.start().await
    }

    /// Starts a gateway that accepts the tokens of [`token`], with the running workflow of `ada`.
    pub async fn with_tokens() -> Self {
        Self::with_tokens_and(|_| {}).await
    }

    /// Like [`Self::with_tokens`], with a changed setup.
    pub async fn with_tokens_and(change: impl FnOnce(&mut Setup)) -> Self {
        let gateway = Self::start_with(|setup| {
            setup.accept_tokens();
            change(setup);
        });
        let gateway = gateway.await;
        // A worker has started it, so the seed dialect does not report it as waiting.
        gateway
            .engine
            .workflow(&token::workflow_of("ada"))
            .start_task();
        gateway
    }

    /// Starts a gateway with the API keys `anna` and `ben`, who have the permissions of users;
    /// `anna-with-payloads`; `backend`, which has all permissions and no subject; and with more
    /// keys, each with its subject. The catalog's `order` has a start signal and schemas, `strict` has a schema, `plain`
    /// has neither.
    pub async fn with_users(more: &[(&str, Option<&str>, Permissions)]) -> Self {
        let amount = only_argument(&json!({
            "type": "object",
            "required": ["amount"],
            "properties": {"amount": {"type": "integer", "minimum": 1}},
        }));
        let change = || [("change".to_owned(), amount.clone())].into();
        let order = CatalogEntry {
            start_signal: Some("place".to_owned()),
            input: Some(amount.clone()),
            signals: change(),
            updates: change(),
            ..entry("OrderWorkflow", "orders")
        };
        let strict = CatalogEntry {
            input: Some(only_argument(&json!({"type": "object"}))),
            ..entry("Strict", "fakes")
        };
        let plain = entry("FakeWorkflow", "fakes");
        let with_payloads = Permissions {
            payloads: true,
            ..Permissions::own()
        };
        let start = Self::start_with(|setup| {
            setup.catalog([("order", order), ("strict", strict), ("plain", plain)]);
            setup.api_key("anna", Some("anna"), Permissions::own());
            setup.api_key("ben", Some("ben"), Permissions::own());
            setup.api_key("anna-with-payloads", Some("anna"), with_payloads);
            setup.api_key("backend", None, Permissions::all());
            for (name, subject, permissions) in more {
                setup.api_key(name, *subject, permissions.clone());
            }
        });
        start.await
    }

    /// Starts another node with the same setup, on the same Temporal.
    pub async fn another_node(&self) -> Self {
        self.setup.clone().start().await
    }

    /// Like [`Self::another_node`], with a changed setup.
    pub async fn another_node_with(&self, change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = self.setup.clone();
        change(&mut setup);
        setup.start().await
    }

    /// Returns the workflow that was started as the `number`th, from 1. Waits for its start.
    pub async fn started(&self, number: usize) -> FakeWorkflow {
        let started = self.engine.started(number).await;
        self.engine.find(&started[number - 1].workflow_id)
    }

    /// Shuts down, and waits until all connections are closed.
    pub async fn stop(&mut self) {
        self.shutdown.cancel();
        self.serving.join_next().await.unwrap().unwrap().unwrap();
    }

    /// Returns a client without credentials.
    pub fn anonymous(&self) -> Client<'_> {
        Client::new(self)
    }

    /// Returns a client with an API key of the setup.
    pub fn user(&self, name: &str) -> Client<'_> {
        self.bearer(self.key(name))
    }

    /// Returns the API key of a user.
    pub fn key(&self, name: &str) -> &str {
        &self.setup.keys[name]
    }

    /// Returns a client with a token in the `Authorization` header.
    pub fn bearer(&self, token: &str) -> Client<'_> {
        self.anonymous()
            .with("authorization", &format!("Bearer {token}"))
    }

    /// Sends a request without a socket.
    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Like [`Client::get`], without credentials.
    pub async fn get(&self, uri: &str) -> Reply {
        self.anonymous().get(uri).await
    }

    /// Like [`Client::get_ok`], without credentials.
    pub async fn get_ok(&self, uri: &str) -> Value {
        self.anonymous().get_ok(uri).await
    }

    /// Like [`Client::event_stream`], without credentials.
    pub async fn event_stream(&self, uri: &str) -> EventStream {
        self.anonymous().event_stream(uri).await
    }

    /// Like [`Client::v1`], without credentials.
    pub async fn v1(&self) -> V1Client {
        self.anonymous().v1().await.unwrap()
    }

    /// Like [`Client::seed`], without credentials.
    pub async fn seed(&self, user: &str) -> SeedClient {
        self.anonymous().seed(user).await.unwrap()
    }
}
